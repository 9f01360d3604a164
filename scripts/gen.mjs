// Writes gen/ from proto/: stubs, and the descriptor set that reflection, validation and the gateway read.
// `--check` writes to a temporary folder instead and fails when gen/ differs from it.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const buf = join(root, 'node_modules/.bin/buf');
const run = (args) => execFileSync(buf, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });

/** Imported for options only: no generated file refers to their TypeScript. */
const OPTIONS_ONLY = ['buf', 'google/api', 'google/protobuf/descriptor.ts'];

function generate(target) {
  const fresh = mkdtempSync(join(tmpdir(), 'tradewind-gen-'));
  run(['generate', '--output', fresh]);
  const out = join(fresh, 'gen');
  for (const path of OPTIONS_ONLY) rmSync(join(out, path), { recursive: true, force: true });
  run(['build', '.', '-o', join(out, 'descriptors.binpb')]);
  rmSync(target, { recursive: true, force: true });
  cpSync(out, target, { recursive: true });
  rmSync(fresh, { recursive: true, force: true });
}

const filesOf = (folder) =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile())
    .map((path) => relative(folder, path))
    .sort();

function differences(left, right) {
  const names = new Set([...filesOf(left), ...filesOf(right)]);
  return [...names].filter((name) => {
    try {
      return !readFileSync(join(left, name)).equals(readFileSync(join(right, name)));
    } catch {
      return true;
    }
  });
}

const gen = join(root, 'gen');
if (process.argv.includes('--check')) {
  const fresh = mkdtempSync(join(tmpdir(), 'tradewind-check-'));
  generate(fresh);
  const stale = differences(gen, fresh);
  rmSync(fresh, { recursive: true, force: true });
  if (stale.length > 0) {
    process.stderr.write(`gen/ is not what proto/ says; run "npm run gen". Different: ${stale.join(', ')}\n`);
    process.exit(1);
  }
} else {
  generate(gen);
}

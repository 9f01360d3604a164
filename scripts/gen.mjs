// Writes gen/ from proto/: stubs, and the descriptor set that reflection, validation and the gateway read; and the catalogue of events in
// docs/events.md. `--check` writes to a temporary folder instead and fails when gen/ or the catalogue differs from it.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { withCatalogue } from './event-catalogue.mjs';

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
const page = join(root, 'docs/events.md');
const written = readFileSync(page, 'utf8');
if (process.argv.includes('--check')) {
  const fresh = mkdtempSync(join(tmpdir(), 'tradewind-check-'));
  generate(fresh);
  const stale = differences(gen, fresh);
  if (withCatalogue(written, join(fresh, 'descriptors.binpb')) !== written) stale.push('../docs/events.md');
  rmSync(fresh, { recursive: true, force: true });
  if (stale.length > 0) {
    process.stderr.write(`gen/ is not what proto/ says; run "npm run gen". Different: ${stale.join(', ')}\n`);
    process.exit(1);
  }
} else {
  generate(gen);
  writeFileSync(page, withCatalogue(written, join(gen, 'descriptors.binpb')));
}

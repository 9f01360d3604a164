// Compiles to dist/: `app` is the whole suite for the container image, `package` what other apps import. Names of either build
// only that one; npm runs `build.mjs package` before it packs.
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = process.argv.slice(2);

/** What the code reads beside itself at run time. */
const isAsset = (path) => /\.(sql|binpb)$/.test(path);

function copyAssets(from, to) {
  for (const name of readdirSync(join(root, from), { recursive: true }).map(String)) {
    const source = join(root, from, name);
    if (isAsset(name) && statSync(source).isFile()) cpSync(source, join(root, to, from, name));
  }
}

function compile(project, out) {
  rmSync(join(root, out), { recursive: true, force: true });
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const result = spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** tsc writes "./x.ts" into declarations, where only newer compilers take it for x.d.ts; "./x.js" is understood by all. */
function nameCompiledFiles(folder) {
  for (const name of readdirSync(join(root, folder), { recursive: true }).map(String)) {
    if (!name.endsWith('.d.ts')) continue;
    const path = join(root, folder, name);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/(['"])(\.{1,2}\/[^'"]+)\.ts\1/g, '$1$2.js$1'));
  }
}

if (wanted.length === 0 || wanted.includes('app')) {
  compile('tsconfig.build.json', 'dist/app');
  copyAssets('src', 'dist/app');
  copyAssets('gen', 'dist/app');
}
if (wanted.length === 0 || wanted.includes('package')) {
  compile('tsconfig.package.json', 'dist/package');
  nameCompiledFiles('dist/package');
}

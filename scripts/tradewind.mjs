#!/usr/bin/env node
// The `tradewind` command: runs src/main.ts, or dist/main.js where the package was built, under the project's own Node.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const entry = [at('src/main.ts'), at('dist/app/src/main.js')].find((path) => existsSync(path));
if (entry === undefined) {
  process.stderr.write('This package holds the client library only; clone the repository to run the suite.\n');
  process.exit(2);
}
const ownNode = at('node_modules/.bin/node');
const child = spawn(existsSync(ownNode) ? ownNode : process.execPath, [entry, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));

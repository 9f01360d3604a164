// `npm run release-contracts`: moves proto/released.binpb, which `buf breaking` compares with, forward to today's contracts.
// Refuses when that would hide a breaking change: such a change is a new package version (v2), beside the old one.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const buf = (...args) => spawnSync('node_modules/.bin/buf', args, { cwd: root, stdio: 'inherit' }).status === 0;
const released = 'proto/released.binpb';

if (existsSync(`${root}${released}`) && !buf('breaking', 'proto', '--against', released, '--exclude-imports')) {
  process.stderr.write('The contracts break what was released; add a new package version instead.\n');
  process.exit(1);
}
process.exit(buf('build', 'proto', '-o', released, '--exclude-source-info') ? 0 : 1);

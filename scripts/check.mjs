// `npm run check`: everything fast. Runs each check in turn, shows its time, prints the output of what failed.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => `node_modules/.bin/${name}`;

const CHECKS = [
  ['generated code is what proto/ says', [process.execPath, 'scripts/gen.mjs', '--check']],
  ['contracts: lint', [bin('buf'), 'lint']],
  ['contracts: format', [bin('buf'), 'format', '--diff', '--exit-code', 'proto']],
  ['contracts: nothing released is broken', [bin('buf'), 'breaking', 'proto', '--against', 'proto/released.binpb', '--exclude-imports']],
  ['types', [bin('tsc'), '-p', '.']],
  ['lint', [bin('eslint'), '.', '--max-warnings', '0']],
  ['format', [bin('prettier'), '--check', '--log-level', 'warn', '.']],
  ['import rules', [bin('depcruise'), 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'err']],
  ['dead code', [bin('knip')]],
  [
    'unit, contract and architecture tests',
    [
      process.execPath, '--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js',
      'tests/unit', 'tests/contract', 'tests/architecture',
    ],
  ],
]; // prettier-ignore

let failed = 0;
for (const [name, [program, ...args]] of CHECKS) {
  const startedAt = performance.now();
  process.stdout.write(`${name.padEnd(42)} `);
  const result = spawnSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${result.status === 0 ? 'ok' : 'FAILED'}  ${seconds} s\n`);
  if (result.status !== 0) {
    failed += 1;
    process.stdout.write(`${result.stdout}${result.stderr}${result.error === undefined ? '' : String(result.error)}\n`);
  }
}
process.stdout.write(failed === 0 ? 'All checks passed.\n' : `${failed} of ${CHECKS.length} checks failed.\n`);
process.exit(failed === 0 ? 0 : 1);

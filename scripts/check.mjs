// `npm run check`: everything fast. Runs as many checks at a time as there are cores, shows each one's time and prints the
// output of what failed. With --no-tests (CI, whose `npm test` runs them all) without the tests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
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
]; // prettier-ignore

const TESTS = [
  'unit, contract and architecture tests',
  [
    process.execPath, '--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js',
    'tests/unit', 'tests/contract', 'tests/architecture',
  ],
]; // prettier-ignore

const checks = process.argv.includes('--no-tests') ? CHECKS : [...CHECKS, TESTS];
const waiting = [...checks];
let failed = 0;

async function runChecks() {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const [name, [program, ...args]] = check;
    const startedAt = performance.now();
    const { passed, output } = await run(program, args);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(
      `${name.padEnd(42)} ${passed ? 'ok' : 'FAILED'}  ${seconds} s\n${passed ? '' : `${output}\n`}`,
    );
    if (!passed) failed += 1;
  }
}

async function run(program, args) {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  try {
    const [code] = await once(child, 'close');
    return { passed: code === 0, output };
  } catch (error) {
    return { passed: false, output: String(error) }; // it could not be started
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, runChecks));
process.stdout.write(failed === 0 ? 'All checks passed.\n' : `${failed} of ${checks.length} checks failed.\n`);
process.exit(failed === 0 ? 0 : 1);

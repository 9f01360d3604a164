// `npm run planted-faults [-- words of a name ...]`: makes each known-wrong change in a copy of the tree and runs the tests
// that must catch it. The working tree is never touched.
import { fileURLToPath } from 'node:url';

import { PLANTED_FAULTS, type PlantedFault } from './planted-faults.ts';
import { runTests } from './run-tests.ts';
import { copyTree, type TreeCopy } from './tree-copy.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

async function main(words: readonly string[]): Promise<void> {
  const wanted = PLANTED_FAULTS.filter(({ name }) => words.every((word) => name.includes(word)));
  await using copy = await copyTree(ROOT);
  const files = [...new Set(wanted.flatMap(({ caughtBy }) => caughtBy))];
  const clean = await runTests(copy.directory, files);
  if (clean.kind !== 'passed') {
    const why = clean.kind === 'failed' ? clean.tests.join('; ') : clean.why;
    throw new Error(`the tests do not pass without a fault, so they say nothing: ${why}`);
  }
  process.stdout.write(`without a fault: ${clean.tests} tests pass\n`);
  let caught = 0;
  for (const fault of wanted) {
    const { isCaught, verdict } = await tryFault(copy, fault);
    if (isCaught) caught += 1;
    process.stdout.write(`${fault.name}: ${verdict}\n`);
  }
  process.stdout.write(`${caught} of ${wanted.length} caught\n`);
  if (caught !== wanted.length) process.exitCode = 1;
}

async function tryFault(copy: TreeCopy, { edits, caughtBy }: PlantedFault) {
  await using _planted = await copy.plant(edits);
  const run = await runTests(copy.directory, caughtBy);
  switch (run.kind) {
    case 'passed':
      return { isCaught: false, verdict: `NOT CAUGHT by ${caughtBy.join(', ')}` };
    case 'failed':
      return { isCaught: true, verdict: `caught by "${run.tests[0] ?? ''}"${others(run.tests.length - 1)}` };
    case 'broken':
      return { isCaught: false, verdict: `NOT CAUGHT, the tests did not run: ${run.why}` };
  }
}

function others(count: number): string {
  return count === 0 ? '' : ` and ${count} more`;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`planted-faults: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

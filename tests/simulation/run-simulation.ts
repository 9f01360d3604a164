// `npm run simulate -- --seed N`: tells the story of one seed, with as few faults as it still fails with.
// `npm run simulate -- --seeds N [--first N] [--until-failure]`: runs many, and says which failed.
// `npm run simulate -- --hashes N`: prints the trace hash of each of N seeds.
import { parseArgs } from 'node:util';

import { planOf } from './plan.ts';
import { replay, replayCommand } from './replay.ts';
import { runSeeds } from './run-seeds.ts';
import { simulate } from './simulate.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: { seed: text, seeds: text, first: text, hashes: text, 'until-failure': { type: 'boolean' } },
});
const print = (line: string) => process.stdout.write(`${line}\n`);
const first = number(values.first ?? '0');

if (values.seed !== undefined) {
  for (const line of await replay(number(values.seed))) print(line);
} else if (values.hashes !== undefined) {
  for (let seed = first; seed < first + number(values.hashes); seed += 1) print((await simulate(planOf(seed))).hash);
} else {
  const count = number(values.seeds ?? '1000');
  const report = await runSeeds({ first, count, untilFailure: values['until-failure'] === true });
  const { seeds, events, completed, compensated, failed, slowestMs } = report;
  print(
    `${seeds} seeds, ${events} events, ${completed} sagas completed, ${compensated} compensated, slowest ${Math.round(slowestMs)} ms`,
  );
  for (const { seed, breaches } of failed) {
    print(`${replayCommand(seed)}: ${breaches.map(({ saga, text: what }) => `${saga} ${what}`).join('; ')}`);
  }
  if (failed.length > 0) process.exitCode = 1;
}

function number(value: string): number {
  const parsed = Number(value);
  if (value === '' || !Number.isSafeInteger(parsed) || parsed < 0) throw new Error(`"${value}" is no whole number`);
  return parsed;
}

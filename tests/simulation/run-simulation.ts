// `npm run simulate -- --seed N [--postgres]`: tells the story of one seed, with as few faults as it still fails with.
// `npm run simulate -- --seeds N [--first N] [--until-failure] [--model-only]`: runs many, 1 % of them on PostgreSQL as
// well, and says which failed.
// `npm run simulate -- --hashes N`: prints the trace hash of each of N seeds.
import { parseArgs } from 'node:util';

import { planOf } from './plan.ts';
import { replay, replayCommand } from './replay.ts';
import { runSeeds } from './run-seeds.ts';
import { simulate } from './simulate.ts';
import { startPostgres } from './start-postgres.ts';

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const { values } = parseArgs({
  options: {
    seed: text,
    seeds: text,
    first: text,
    hashes: text,
    'until-failure': flag,
    'model-only': flag,
    postgres: flag,
  },
});
const print = (line: string) => process.stdout.write(`${line}\n`);
const first = number(values.first ?? '0');

if (values.seed !== undefined) {
  await using postgres = values.postgres ? await startPostgres() : undefined;
  for (const line of await replay(number(values.seed), { postgres })) print(line);
} else if (values.hashes !== undefined) {
  for (let seed = first; seed < first + number(values.hashes); seed += 1) print((await simulate(planOf(seed))).hash);
} else {
  const count = number(values.seeds ?? '1000');
  await using postgres = values['model-only'] ? undefined : await startPostgres();
  const report = await runSeeds({ first, count, untilFailure: values['until-failure'], postgres });
  const { seeds, onPostgres, events, completed, compensated, failed, slowestMs } = report;
  print(
    `${seeds} seeds, ${onPostgres} of them on PostgreSQL as well, ${events} events, ${completed} sagas completed, ${compensated} compensated, slowest ${Math.round(slowestMs)} ms`,
  );
  for (const { seed, onPostgres: there, breaches } of failed) {
    print(`${replayCommand(seed, there)}: ${breaches.map(({ saga, text: what }) => `${saga} ${what}`).join('; ')}`);
  }
  if (failed.length > 0) process.exitCode = 1;
}

function number(value: string): number {
  const parsed = Number(value);
  if (value === '' || !Number.isSafeInteger(parsed) || parsed < 0) throw new Error(`"${value}" is no whole number`);
  return parsed;
}

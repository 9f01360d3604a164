import { replay, replayCommand } from '../../simulation/replay.ts';
import { runSeeds } from '../../simulation/run-seeds.ts';
import { startPostgres } from '../../simulation/start-postgres.ts';
import { rowResult, type RowResult } from './row.ts';

/** Seeds of the full row. */
const SEEDS = 20_000;

/** So many failing seeds are told as stories; the others only named. */
const STORIES = 2;

/**
 * Row 1: sagas in a simulated world, `seeds` of them from the one given on: crashes before and after each call and each
 * commit, lost, late and doubled replies and requests, claims that ran out, outages, deployments, operators at work; 1 % of them
 * on PostgreSQL as well.
 */
export async function sagaSchedules(options: { readonly seed: number; readonly seeds?: number }): Promise<RowResult> {
  const { seed, seeds = SEEDS } = options;
  await using postgres = await startPostgres();
  const report = await runSeeds({ first: seed, count: seeds, postgres });
  const { failed, onPostgres, events, completed, compensated, slowestMs } = report;
  const stories: (readonly string[])[] = [];
  for (const one of failed.slice(0, STORIES)) {
    stories.push(await replay(one.seed, one.onPostgres ? { postgres } : {}));
  }
  const breaches = failed.map(({ seed: at, onPostgres: there, breaches: found }) => {
    const texts = found.map(({ saga, text }) => `${saga} ${text}`.trim());
    return `${replayCommand(at, there)}: ${texts.join('; ')}`;
  });
  const figure = [
    `${seeds} seeds, ${onPostgres} of them on PostgreSQL as well, ${failed.length} with breaches`,
    `${events} events, ${completed} sagas completed, ${compensated} compensated`,
    `at most ${(slowestMs / 1000).toFixed(1)} s of virtual time from the last fault to the last end`,
  ].join('; ');
  return rowResult(figure, [...breaches, ...stories.map((lines) => lines.join('\n      '))]);
}

import { replay, replayCommand } from '../../simulation/replay.ts';
import { runSeeds } from '../../simulation/run-seeds.ts';
import { rowResult, type RowResult } from './row.ts';

/** Seeds of the full row. */
const SEEDS = 20_000;

/** So many failing seeds are told as stories; the others only named. */
const STORIES = 2;

/**
 * Row 1: sagas in a simulated world, `seeds` of them from the one given on: crashes before and after each call and each
 * commit, lost, late and doubled replies and requests, claims that ran out, outages, deployments, operators at work.
 */
export async function sagaSchedules(options: { readonly seed: number; readonly seeds?: number }): Promise<RowResult> {
  const { seed, seeds = SEEDS } = options;
  const { failed, events, completed, compensated, slowestMs } = await runSeeds({ first: seed, count: seeds });
  const stories = await Promise.all(failed.slice(0, STORIES).map((one) => replay(one.seed)));
  const breaches = failed.map(({ seed: at, breaches: found }) => {
    const texts = found.map(({ saga, text }) => `${saga} ${text}`.trim());
    return `${replayCommand(at)}: ${texts.join('; ')}`;
  });
  const figure = [
    `${seeds} seeds, ${failed.length} with breaches`,
    `${events} events, ${completed} sagas completed, ${compensated} compensated`,
    `at most ${(slowestMs / 1000).toFixed(1)} s of virtual time from the last fault to the last end`,
  ].join('; ');
  return rowResult(figure, [...breaches, ...stories.map((lines) => lines.join('\n      '))]);
}

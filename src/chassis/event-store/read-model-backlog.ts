import type { Backlog } from '../diagnostics/index.ts';
import type { ReadModels } from './read-models.ts';

/** A read model follows within a fraction of a second; one that is so far behind does not get on, in seconds. */
const WARN_AFTER_SECONDS = 30;

/** The events that what readers are given has not. */
export function readModelBacklog(readModels: Pick<ReadModels, 'list'>): Backlog {
  return {
    name: 'events not in the read models',
    warnAfterSeconds: WARN_AFTER_SECONDS,
    advice:
      'Read in the log why a read model does not get on; one that is damaged is made again with `tradewind read-models rebuild`.',
    async measure() {
      const serving = (await readModels.list()).filter(({ state }) => state === 'SERVING');
      const behind = serving.flatMap(({ behindSeconds }) => behindSeconds ?? []);
      return {
        count: Math.max(0, ...serving.map(({ position, logEnd }) => Number(logEnd - position))),
        oldestSeconds: behind.length === 0 ? undefined : Math.max(...behind),
      };
    },
  };
}

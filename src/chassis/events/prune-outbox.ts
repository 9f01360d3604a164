import type { Clock } from '../core/index.ts';
import type { Database } from '../store/index.ts';
import { EVENT_RETENTION_MS, pruneEvents } from './outbox.ts';

/** Between two looks for events that are older than anybody needs. */
const BETWEEN_MS = 60_000;
/** So many a statement, so that none takes long. */
const BATCH = 5_000;

/** A service's background task that lets old events go; see EVENT_RETENTION_MS. Replicas may all run it. */
export function pruneOutbox(options: { readonly database: Database; readonly clock: Clock }): {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
} {
  const { database, clock } = options;
  return {
    name: 'prune-outbox',
    async run(signal) {
      while (!signal.aborted) {
        const before = new Date(clock.now() - EVENT_RETENTION_MS);
        const pruned = await pruneEvents(database, { before, limit: BATCH });
        if (pruned < BATCH) await clock.sleep(BETWEEN_MS, signal);
      }
    },
  };
}

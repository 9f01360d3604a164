import type { BackgroundTask } from '../../chassis/lifecycle/index.ts';
import type { Queryable } from '../../chassis/store/index.ts';
import type { NotificationDependencies } from './dependencies.ts';
import { statements } from './statements.ts';

/** How many changes get their positions in one transaction. */
const BATCH = 500;
/** Between two looks: states that a message leaves sooner are never placed. */
const PAUSE_MS = 50;
/** How soon changes are placed whose own process ended before it could. */
const LOOK_MS = 1_000;

/** What watchers can read. */
export interface Bounds {
  /** What lies below may be gone. */
  readonly floor: bigint;
  /** The highest position that is in use; all below it are committed. */
  readonly newest: bigint;
}

/** The bounds as they are now. */
export async function boundsOf(on: Queryable): Promise<Bounds> {
  const bounds = await on.one<Bounds>(statements['position-bounds']);
  if (bounds === undefined) throw new Error('the positions have no floor');
  return bounds;
}

/**
 * Gives each change that has none its position after the change is committed, one process at a time: so positions become visible in
 * their order, and a watcher that read up to one has missed nothing below it, however long a change took to commit. An attempt's end
 * brings its position along (settle-attempts.sql); what is placed here is what stays in a state for longer than a moment.
 */
export function placeChanges({
  database,
  clock,
  bells,
}: Pick<NotificationDependencies, 'database' | 'clock' | 'bells'>): BackgroundTask {
  return {
    name: 'place-changes',
    async run(signal) {
      while (!signal.aborted) {
        const { rings } = bells.changed;
        const placed = await database.execute(statements['give-positions'], [BATCH]);
        if (placed > 0) bells.placed.ring();
        if (placed === BATCH) continue;
        await clock.sleep(PAUSE_MS, signal);
        await bells.changed.after(rings, { timeoutMs: LOOK_MS, signal });
      }
    },
  };
}

import type { Clock } from '../core/index.ts';
import type { Instance } from '../registry/index.ts';
import { createCoalescer } from './coalesce.ts';
import type { Snapshot } from './snapshot.ts';

/** A list that moves is not written more often. */
const SAVE_INTERVAL_MS = 2_000;

/** Writes the newest list down, one at a time. */
export interface SnapshotKeeper {
  save(instances: readonly Instance[]): void;
  /** Writes what is still to be written. */
  close(): Promise<void>;
}

/** Keeps one snapshot up to date; failures are told, and the next list is another try. */
export function createSnapshotKeeper(
  snapshot: Snapshot,
  clock: Clock,
  onFailure: (error: unknown) => void,
): SnapshotKeeper {
  let newest: readonly Instance[] | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = () => {
    writing = writing
      .then(async () => {
        const instances = newest;
        newest = undefined;
        if (instances !== undefined) await snapshot.save(instances);
      })
      .catch(onFailure);
  };
  const coalescer = createCoalescer(write, SAVE_INTERVAL_MS, clock);
  return {
    save(instances) {
      newest = instances;
      coalescer.request();
    },
    close() {
      coalescer.close();
      write();
      return writing;
    },
  };
}

import { AppError, raceAbort } from '../core/index.ts';
import type { Instance, Registry, Watcher } from '../registry/index.ts';
import { positionOf } from './position.ts';

/** A list, and its name. */
export interface Listing {
  readonly instances: readonly Instance[];
  readonly position: string;
}

/** Streams that follow processes; those of one process share its watcher. */
export interface Watches {
  /** Throws RESOURCE_EXHAUSTED (TOO_MANY_WATCHES) when there are enough. */
  assertRoom(): void;
  /** Yields the list unless it is the one named, and each that differs from the one before. Ends by the signal's AbortError. */
  watch(
    process: string,
    options: { readonly afterPosition: string; readonly signal: AbortSignal },
  ): AsyncGenerator<Listing>;
}

/** Makes none yet. */
export function createWatches(registry: Registry, maxWatches: number): Watches {
  const watchers = new Map<string, { readonly watcher: Watcher; users: number }>();
  let watching = 0;

  const acquire = (process: string): Watcher => {
    const shared = watchers.get(process) ?? { watcher: registry.watch(process), users: 0 };
    watchers.set(process, shared);
    shared.users += 1;
    watching += 1;
    return shared.watcher;
  };
  const release = async (process: string): Promise<void> => {
    const shared = watchers.get(process);
    watching -= 1;
    if (shared === undefined || --shared.users > 0) return;
    watchers.delete(process);
    await shared.watcher.close();
  };
  const assertRoom = () => {
    if (watching < maxWatches) return;
    throw new AppError({
      status: 'RESOURCE_EXHAUSTED',
      reason: 'TOO_MANY_WATCHES',
      message: `this process serves ${maxWatches} watches of the registry, and no more; ask another`,
    });
  };

  return {
    assertRoom,
    async *watch(process, { afterPosition, signal }) {
      assertRoom();
      const watcher = acquire(process);
      try {
        for (let told = afterPosition; ;) {
          const changed = Promise.withResolvers<void>();
          const stop = watcher.events.on('instances', () => changed.resolve());
          try {
            const { instances } = watcher;
            const position = instances === undefined ? told : positionOf(instances);
            if (instances !== undefined && position !== told) {
              told = position;
              yield { instances, position };
            } else await raceAbort(changed.promise, signal);
          } finally {
            stop();
          }
        }
      } finally {
        await release(process);
      }
    },
  };
}

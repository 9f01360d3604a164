import type { Instance } from '../instance.ts';
import type { Watcher } from '../registry.ts';
import { createWatcher } from '../watcher.ts';
import type { ConsulClient } from './consul-client.ts';
import { fromConsulEntry } from './consul-service.ts';
import { followIndex, type FollowOptions } from './follow-index.ts';

/** What a watcher is made with. */
export interface ConsulWatcherOptions extends Pick<FollowOptions, 'clock' | 'random' | 'waitMs'> {
  readonly client: ConsulClient;
  /** Called once it is closed. */
  readonly onClosed: () => void;
}

/** Follows the instances of one process whose heartbeats arrive. */
export function createConsulWatcher(process: string, { client, onClosed, ...options }: ConsulWatcherOptions): Watcher {
  return createWatcher(process, {
    onClosed,
    follow(sink) {
      let told: ReadonlyMap<string, string> = new Map(); // reasons by id: a value that stays malformed is told once
      return followIndex({
        ...options,
        query: (query) => client.healthyService(process, query),
        onAnswer(json, afterReset) {
          const known = sink.instances;
          const { instances, malformed } = readEntries(json, known ?? []);
          for (const [id, reason] of malformed) {
            if (told.get(id) !== reason) sink.malformed({ key: `${process}/${id}`, reason });
          }
          told = malformed;
          if (known !== undefined && JSON.stringify(known) === JSON.stringify(instances)) return false;
          sink.publish(instances, afterReset);
          return true;
        },
        onInterrupted: sink.interrupted,
      });
    },
  });
}

/**
 * The instances of an answer of /v1/health/service, ordered by id. A malformed entry is passed over, and what was known
 * under its id stays. Throws when the answer is no list.
 */
export function readEntries(
  json: unknown,
  known: readonly Instance[],
): { readonly instances: readonly Instance[]; readonly malformed: ReadonlyMap<string, string> } {
  if (!Array.isArray(json)) throw new Error('Consul answered with something that is no list of services');
  const malformed = new Map<string, string>();
  const instances = json.flatMap((entry): readonly Instance[] => {
    const parsed = fromConsulEntry(entry);
    if (parsed.kind === 'instance') return [parsed.instance];
    malformed.set(parsed.id, parsed.reason);
    return known.filter(({ id }) => id === parsed.id);
  });
  return { instances: instances.sort((a, b) => (a.id < b.id ? -1 : 1)), malformed };
}

import { createEmitter } from '../../core/index.ts';
import type { Instance } from '../instance.ts';
import type { Watcher, WatcherEvents } from '../registry.ts';
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
  const events = createEmitter<WatcherEvents>();
  let instances: readonly Instance[] | undefined;
  let told: ReadonlyMap<string, string> = new Map(); // reasons by id: a value that stays malformed is told once

  const onAnswer = (json: unknown, afterReset: boolean): boolean => {
    const read = readEntries(json, instances ?? []);
    for (const [id, reason] of read.malformed) {
      if (told.get(id) !== reason) events.emit('malformed', { key: `${process}/${id}`, reason });
    }
    told = read.malformed;
    if (instances !== undefined && JSON.stringify(instances) === JSON.stringify(read.instances)) return false;
    instances = read.instances;
    events.emit('instances', afterReset ? { instances, afterReset } : { instances });
    return true;
  };
  const follower = followIndex({
    ...options,
    query: (query) => client.healthyService(process, query),
    onAnswer,
    onInterrupted: (event) => events.emit('interrupted', event),
  });
  const close = () => follower.close().then(onClosed);

  return {
    process,
    get state() {
      return follower.state;
    },
    get instances() {
      return instances;
    },
    events,
    close,
    [Symbol.asyncDispose]: close,
  };
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

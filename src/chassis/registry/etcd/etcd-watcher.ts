import { createEmitter } from '../../core/index.ts';
import type { Instance } from '../instance.ts';
import type { Watcher, WatcherEvents } from '../registry.ts';
import { keysWith } from './etcd-client.ts';
import { followKeys, type FollowOptions } from './follow-keys.ts';
import { createInstanceSet } from './instance-set.ts';
import { processPrefix } from './keys.ts';

/** What a watcher is made with. */
export interface EtcdWatcherOptions extends Pick<FollowOptions, 'clients' | 'clock' | 'random' | 'requestTimeoutMs'> {
  /** Called once it is closed. */
  readonly onClosed: () => void;
}

/** Follows the registrations of one process. */
export function createEtcdWatcher(process: string, { onClosed, ...options }: EtcdWatcherOptions): Watcher {
  const events = createEmitter<WatcherEvents>();
  const set = createInstanceSet((key, reason) => events.emit('malformed', { key, reason }));
  let instances: readonly Instance[] | undefined;

  const publish = (afterReset: boolean) => {
    instances = set.instances;
    events.emit('instances', afterReset ? { instances, afterReset } : { instances });
  };
  const follower = followKeys({
    ...options,
    range: keysWith(processPrefix(process)),
    onList: (kvs, afterReset) => {
      if (set.replace(kvs)) publish(afterReset);
    },
    onChanges: (changes) => {
      if (set.apply(changes)) publish(false);
    },
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

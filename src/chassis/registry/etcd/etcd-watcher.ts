import type { Watcher } from '../registry.ts';
import { createWatcher } from '../watcher.ts';
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
  return createWatcher(process, {
    onClosed,
    follow(sink) {
      const set = createInstanceSet((key, reason) => sink.malformed({ key, reason }));
      return followKeys({
        ...options,
        range: keysWith(processPrefix(process)),
        onList: (kvs, afterReset) => {
          if (set.replace(kvs)) sink.publish(set.instances, afterReset);
        },
        onChanges: (changes) => {
          if (set.apply(changes)) sink.publish(set.instances, false);
        },
        onInterrupted: sink.interrupted,
      });
    },
  });
}

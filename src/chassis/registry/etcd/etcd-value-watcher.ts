import type { ValueWatcher } from '../registry.ts';
import { createValueWatcher } from '../watcher.ts';
import { singleKey } from './etcd-client.ts';
import type { EtcdWatcherOptions } from './etcd-watcher.ts';
import { followKeys } from './follow-keys.ts';

/** Follows the value of one key, with the guarantees that registrations are followed with. */
export function createEtcdValueWatcher(key: string, { onClosed, ...options }: EtcdWatcherOptions): ValueWatcher {
  return createValueWatcher(key, {
    onClosed,
    follow: ({ learn, interrupted }) =>
      followKeys({
        ...options,
        range: singleKey(key),
        onList: (kvs) => void learn(kvs[0]?.value),
        onChanges: (changes) => {
          const last = changes.at(-1);
          if (last !== undefined) learn(last.kind === 'put' ? last.kv.value : undefined);
        },
        onInterrupted: interrupted,
      }),
  });
}

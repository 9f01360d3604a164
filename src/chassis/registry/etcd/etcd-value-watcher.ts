import { createEmitter } from '../../core/index.ts';
import type { ValueWatcher, ValueWatcherEvents } from '../registry.ts';
import { singleKey } from './etcd-client.ts';
import type { EtcdWatcherOptions } from './etcd-watcher.ts';
import { followKeys } from './follow-keys.ts';

/** Follows the value of one key, with the guarantees that registrations are followed with. */
export function createEtcdValueWatcher(key: string, { onClosed, ...options }: EtcdWatcherOptions): ValueWatcher {
  const events = createEmitter<ValueWatcherEvents>();
  let value: string | undefined;
  let isRead = false;

  const learn = (next: string | undefined) => {
    if (isRead && next === value) return;
    isRead = true;
    value = next;
    events.emit('value', { value });
  };
  const follower = followKeys({
    ...options,
    range: singleKey(key),
    onList: (kvs) => learn(kvs[0]?.value),
    onChanges: (changes) => {
      const last = changes.at(-1);
      if (last !== undefined) learn(last.kind === 'put' ? last.kv.value : undefined);
    },
    onInterrupted: (event) => events.emit('interrupted', event),
  });
  const close = () => follower.close().then(onClosed);

  return {
    key,
    get state() {
      return follower.state;
    },
    get value() {
      return value;
    },
    events,
    close,
    [Symbol.asyncDispose]: close,
  };
}

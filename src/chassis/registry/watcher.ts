import { createEmitter } from '../core/index.ts';
import type { Follower, Interruption } from './follow.ts';
import type { Instance } from './instance.ts';
import type { ValueWatcher, ValueWatcherEvents, Watcher, WatcherEvents } from './registry.ts';

/** Whom an adapter tells what it learns of a process's instances. */
export interface InstancesSink {
  /** As last told; undefined: never. */
  readonly instances: readonly Instance[] | undefined;
  /** Another full list, ordered by id. `afterReset`: the store forgot what it held. */
  publish(instances: readonly Instance[], afterReset: boolean): void;
  malformed(event: WatcherEvents['malformed']): void;
  interrupted(event: Interruption): void;
}

/** Makes a watcher of what an adapter follows; `follow` begins at once. */
export function createWatcher(
  process: string,
  { follow, onClosed }: { follow(sink: InstancesSink): Follower; onClosed(): void },
): Watcher {
  const events = createEmitter<WatcherEvents>();
  let instances: readonly Instance[] | undefined;
  const follower = follow({
    get instances() {
      return instances;
    },
    publish(next, afterReset) {
      instances = next;
      events.emit('instances', afterReset ? { instances, afterReset } : { instances });
    },
    malformed: (event) => events.emit('malformed', event),
    interrupted: (event) => events.emit('interrupted', event),
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

/** Whom an adapter tells what it learns of a key's value. */
export interface ValueSink {
  /** What the key holds now; undefined: nothing. True when that is news. */
  learn(value: string | undefined): boolean;
  interrupted(event: Interruption): void;
}

/** Makes a value watcher of what an adapter follows; `follow` begins at once. */
export function createValueWatcher(
  key: string,
  { follow, onClosed }: { follow(sink: ValueSink): Follower; onClosed(): void },
): ValueWatcher {
  const events = createEmitter<ValueWatcherEvents>();
  let value: string | undefined;
  let isRead = false;
  const follower = follow({
    learn(next) {
      if (isRead && next === value) return false;
      isRead = true;
      value = next;
      events.emit('value', { value });
      return true;
    },
    interrupted: (event) => events.emit('interrupted', event),
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

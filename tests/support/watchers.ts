import { createEmitter } from '../../src/chassis/core/index.ts';
import type { Instance, Watcher, WatcherEvents } from '../../src/chassis/registry/index.ts';

/** A watcher that says what a test tells it to. */
export interface ScriptedWatcher extends Watcher {
  list(instances: readonly Instance[], options?: { readonly afterReset?: boolean }): void;
  interrupt(): void;
  malformed(key: string): void;
}

/** A watcher whose registry has not answered. */
export function scriptedWatcher(process = 'echo'): ScriptedWatcher {
  const events = createEmitter<WatcherEvents>();
  let instances: readonly Instance[] | undefined;
  let state: Watcher['state'] = { kind: 'listing', failures: 0 };
  const close = async () => {
    state = { kind: 'closed' };
  };
  return {
    process,
    get state() {
      return state;
    },
    get instances() {
      return instances;
    },
    events,
    list(next, { afterReset = false } = {}) {
      instances = next;
      state = { kind: 'watching', revision: '1' };
      events.emit('instances', { instances: next, afterReset });
    },
    interrupt() {
      state = { kind: 'listing', failures: 1 };
      events.emit('interrupted', { error: new Error('away'), delayMs: 1 });
    },
    malformed: (key) => events.emit('malformed', { key, reason: 'not JSON' }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** An instance of `echo` at a made-up address, which is also its id. */
export function anInstance(address: string, more: Partial<Instance> = {}): Instance {
  return {
    ...{ process: 'echo', id: address, address, weight: 100, zone: '', version: '', startedAt: '', metadata: {} },
    ...more,
  };
}

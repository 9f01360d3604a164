import { abortError, createEmitter } from '../../core/index.ts';
import type { Instance } from '../instance.ts';
import type { Registration, RegistrationEvents, Registry, Watcher, WatcherEvents } from '../registry.ts';

/**
 * A registry that knows a fixed list and nothing else: for a deployment whose addresses never change. Registering
 * changes nothing and succeeds.
 */
export function createStaticRegistry(instances: readonly Instance[]): Registry {
  const of = (process: string) => instances.filter((instance) => instance.process === process);
  const close = async () => undefined;
  return {
    register: staticRegistration,
    watch: (process) => staticWatcher(process, of(process)),
    list: async (process) => of(process),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function staticRegistration(instance: Instance): Registration {
  let state: Registration['state'] = { kind: 'registered', leaseId: '', lastKeepaliveMs: Infinity };
  const events = createEmitter<RegistrationEvents>();
  const close = async () => {
    if (state.kind === 'revoked') return;
    state = { kind: 'revoked' };
    events.emit('revoked', {});
  };
  return {
    instance,
    get state() {
      return state;
    },
    events,
    registered: (signal) => (signal?.aborted ? Promise.reject(abortError(signal)) : Promise.resolve()),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function staticWatcher(process: string, instances: readonly Instance[]): Watcher {
  let state: Watcher['state'] = { kind: 'watching', revision: '0' };
  const close = async () => {
    state = { kind: 'closed' };
  };
  return {
    process,
    get state() {
      return state;
    },
    instances,
    events: createEmitter<WatcherEvents>(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

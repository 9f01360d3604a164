import { abortError, createEmitter } from '../../core/index.ts';
import type { Instance } from '../instance.ts';
import type {
  Registration,
  RegistrationEvents,
  RegistrationState,
  Registry,
  ValueWatcher,
  ValueWatcherEvents,
  Watcher,
  WatcherEvents,
  WatcherState,
} from '../registry.ts';

/**
 * A registry that knows a fixed list and nothing else: for a deployment whose addresses never change. Registering
 * changes nothing and succeeds; no key has a value.
 */
export function createStaticRegistry(instances: readonly Instance[]): Registry {
  const listed = instances.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const of = (process: string) => listed.filter((instance) => instance.process === process);
  const open = new Set<AsyncDisposable>();
  let isClosed = false;
  const keep = <Part extends AsyncDisposable>(part: Part): Part => {
    if (isClosed) throw new Error('the registry is closed');
    open.add(part);
    return part;
  };
  const close = async () => {
    isClosed = true;
    await Promise.all([...open].map((part) => part[Symbol.asyncDispose]()));
  };
  return {
    isReadOnly: true,
    register: (instance) => keep(staticRegistration(instance)),
    watch: (process) => keep(staticWatcher(process, of(process))),
    async list(process, signal) {
      if (signal?.aborted) throw abortError(signal);
      return of(process);
    },
    async processes(signal) {
      if (signal?.aborted) throw abortError(signal);
      return [...new Set(listed.map(({ process }) => process))].sort();
    },
    watchValue: (key) => keep(staticValueWatcher(key)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A registration that is somebody else's business: it stands at once, until it is closed. */
export function staticRegistration(given: Instance): Registration {
  const events = createEmitter<RegistrationEvents>();
  let instance = given;
  let state: RegistrationState = { kind: 'registered', leaseId: '', lastKeepaliveMs: Infinity };
  const closed = () => Promise.reject(abortError());
  const close = async () => {
    if (state.kind === 'revoked') return;
    state = { kind: 'revoked' };
    events.emit('revoked', {});
  };
  return {
    get instance() {
      return instance;
    },
    get state() {
      return state;
    },
    events,
    registered(signal) {
      if (signal?.aborted) return Promise.reject(abortError(signal));
      return state.kind === 'revoked' ? closed() : Promise.resolve();
    },
    async update(change) {
      if (state.kind === 'revoked') return closed();
      instance = { ...instance, ...change };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A key that has no value and never will. */
export function staticValueWatcher(key: string): ValueWatcher {
  let state: WatcherState = { kind: 'watching', revision: '0' };
  const close = async () => {
    state = { kind: 'closed' };
  };
  return {
    key,
    get state() {
      return state;
    },
    value: undefined,
    events: createEmitter<ValueWatcherEvents>(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function staticWatcher(process: string, instances: readonly Instance[]): Watcher {
  let state: WatcherState = { kind: 'watching', revision: '0' };
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

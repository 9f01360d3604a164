import type { Events } from '../core/index.ts';
import type { Instance } from './instance.ts';

/** Where a registration stands. Times are on the monotonic clock. */
export type RegistrationState =
  /** The process listens; the registry has not been asked yet. */
  | { readonly kind: 'listening' }
  /**
   * Asking for a lease and writing the key, or waiting to ask again; `failures` counts attempts in a row that did not
   * succeed, `sinceMs` is when the instance was last known to be listed, or began to ask.
   */
  | {
      readonly kind: 'granting';
      readonly failures: number;
      readonly sinceMs: number;
      readonly error?: unknown;
    }
  /** The key is there and kept alive; `lastKeepaliveMs` is when the renewal was asked for that was answered last. */
  | { readonly kind: 'registered'; readonly leaseId: string; readonly lastKeepaliveMs: number }
  /** The lease or the key is gone, or could not be renewed in time: nobody can be expected to find the instance. */
  | { readonly kind: 'lost'; readonly sinceMs: number; readonly error: unknown }
  /** Being closed: the key is being withdrawn. */
  | { readonly kind: 'draining' }
  /** Closed: the key is gone, or goes with its lease. */
  | { readonly kind: 'revoked' };

/** What happens to a registration. */
export interface RegistrationEvents {
  registered: { readonly leaseId: string; readonly failures: number };
  /** The registry has renewed the lease, which was asked for at `atMs` on the monotonic clock. */
  renewed: { readonly atMs: number };
  /** The lease or the key is gone, or could not be renewed in time. Another is asked for after a short random wait. */
  lost: { readonly leaseId: string; readonly error: unknown };
  /** One attempt to register failed; the next begins after `delayMs`. */
  failed: { readonly error: unknown; readonly failures: number; readonly delayMs: number };
  /** The key was withdrawn by us; `error` when the registry could not be told and the lease's TTL has to do it. */
  revoked: { readonly error?: unknown };
}

/** What of a registration may change while it lives. */
export type InstanceChange = Partial<Pick<Instance, 'weight' | 'zone' | 'version' | 'metadata' | 'transports'>>;

/** One instance's presence in the registry, kept up until it is closed. */
export interface Registration extends AsyncDisposable {
  /** As it is to be listed: with every update so far. */
  readonly instance: Instance;
  readonly state: RegistrationState;
  readonly events: Events<RegistrationEvents>;
  /** Resolves when the key has been written once; rejects with an AbortError when the signal fires or it is closed. */
  registered(signal?: AbortSignal): Promise<void>;
  /**
   * Changes what is listed ({ weight: 0 } asks for no more calls). Resolves when the registry holds it, however long
   * that takes; rejects with an AbortError when the registration is closed before.
   */
  update(change: InstanceChange): Promise<void>;
  /** Withdraws the instance: callers stop picking it. Idempotent; never rejects; waits for the registry a bounded time. */
  close(): Promise<void>;
}

/** Where a watch stands. */
export type WatcherState =
  /** No list was read yet, or the watch broke and the list is being read again. */
  | { readonly kind: 'listing'; readonly failures: number }
  /** Changes arrive as they happen. */
  | { readonly kind: 'watching'; readonly revision: string }
  | { readonly kind: 'closed' };

/** What a watch sees. */
export interface WatcherEvents {
  /**
   * The full list, after each change of it, ordered by id. `afterReset`: the registry lost what it knew (wiped, restored,
   * replaced), so who is missing may only not be back yet.
   */
  instances: { readonly instances: readonly Instance[]; readonly afterReset?: boolean };
  /** The registry could not be asked or the watch broke; the list is read again after `delayMs`. */
  interrupted: { readonly error: unknown; readonly delayMs: number };
  /** A value that is no registration; it is ignored, an earlier good one of the same key stays. */
  malformed: { readonly key: string; readonly reason: string };
}

/** Follows the instances of one process. */
export interface Watcher extends AsyncDisposable {
  readonly process: string;
  readonly state: WatcherState;
  /** The last full list; undefined until the first was read. */
  readonly instances: readonly Instance[] | undefined;
  readonly events: Events<WatcherEvents>;
  /**
   * Looks again soon, because somebody found an address dead; may be called at any rate. Where changes arrive by
   * themselves there is no such thing.
   */
  refresh?(): void;
  /** Idempotent; nothing is emitted after it. */
  close(): Promise<void>;
}

/** What a watch of one value sees. */
export interface ValueWatcherEvents {
  /** After the first read, and after each change; undefined: there is no such key. */
  value: { readonly value: string | undefined };
  /** The registry could not be asked or the watch broke; the value is read again after `delayMs`. */
  interrupted: { readonly error: unknown; readonly delayMs: number };
}

/** Follows one key that is no registration: configuration. Keeps the last value while the registry is away. */
export interface ValueWatcher extends AsyncDisposable {
  readonly key: string;
  readonly state: WatcherState;
  /** Undefined while nobody has answered, and when there is no such key. */
  readonly value: string | undefined;
  readonly events: Events<ValueWatcherEvents>;
  /** Idempotent; nothing is emitted after it. */
  close(): Promise<void>;
}

/** Reads and writes single keys beside the registrations, once each; rejects with UNAVAILABLE, as list() does. */
export interface RegistryValues {
  /** Undefined: there is no such key. */
  get(key: string, signal?: AbortSignal): Promise<string | undefined>;
  /** Undefined takes the key away; one that is not there is no error. */
  set(key: string, value: string | undefined, signal?: AbortSignal): Promise<void>;
}

/**
 * Who is where. Adapters: etcd, Consul, the domain name system, a fixed list. Registrations and watches heal
 * themselves for ever; `list` answers once or rejects with UNAVAILABLE.
 */
export interface Registry extends AsyncDisposable {
  /** Whose targets it resolves, "etcd:///order"; absent: any. */
  readonly scheme?: 'etcd' | 'consul';
  /** True where registering changes nothing: somebody else keeps the list. */
  readonly isReadOnly?: boolean;
  /** Starts registering at once and returns; the outcome is in the registration's state and events. */
  register(instance: Instance): Registration;
  watch(process: string): Watcher;
  list(process: string, signal?: AbortSignal): Promise<readonly Instance[]>;
  /** The names of all processes that somebody is registered for, in order; rejects as list() does. */
  processes(signal?: AbortSignal): Promise<readonly string[]>;
  /** Follows the value of a key beside the registrations, `/tradewind/config/order`. */
  watchValue(key: string): ValueWatcher;
  /** Absent where no key has a value. */
  readonly values?: RegistryValues;
  /** Closes every registration and watcher it made. Idempotent. */
  close(): Promise<void>;
}

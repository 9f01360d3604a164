import type { Events } from '../core/index.ts';
import type { Instance } from './instance.ts';

/** Where a registration stands. */
export type RegistrationState =
  /** Asking for a lease and writing the key; `failures` counts attempts in a row that did not succeed. */
  | { readonly kind: 'granting'; readonly failures: number }
  /** The key is there and kept alive; `lastKeepaliveMs` is on the monotonic clock. */
  | { readonly kind: 'registered'; readonly leaseId: string; readonly lastKeepaliveMs: number }
  /** Closed: the key is gone, or goes with its lease. */
  | { readonly kind: 'revoked' };

/** What happens to a registration. */
export interface RegistrationEvents {
  registered: { readonly leaseId: string; readonly failures: number };
  /** The lease or the key is gone, or could not be renewed in time. Another is asked for at once. */
  lost: { readonly leaseId: string; readonly error: unknown };
  /** One attempt to register failed; the next begins after `delayMs`. */
  failed: { readonly error: unknown; readonly failures: number; readonly delayMs: number };
  /** The key was withdrawn by us; `error` when the registry could not be told and the lease's TTL has to do it. */
  revoked: { readonly error?: unknown };
}

/** One instance's presence in the registry, kept up until it is closed. */
export interface Registration extends AsyncDisposable {
  readonly instance: Instance;
  readonly state: RegistrationState;
  readonly events: Events<RegistrationEvents>;
  /** Resolves when the key has been written once; rejects with an AbortError when the signal fires or it is closed. */
  registered(signal?: AbortSignal): Promise<void>;
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
  /** The full list, after each change of it, ordered by id. */
  instances: { readonly instances: readonly Instance[] };
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
  /** Idempotent; nothing is emitted after it. */
  close(): Promise<void>;
}

/**
 * Who is where. Adapters: etcd (registry/etcd) and a fixed list (registry/static). Registrations and watches heal
 * themselves for ever; `list` answers once or rejects with UNAVAILABLE.
 */
export interface Registry extends AsyncDisposable {
  /** Starts registering at once and returns; the outcome is in the registration's state and events. */
  register(instance: Instance): Registration;
  watch(process: string): Watcher;
  list(process: string, signal?: AbortSignal): Promise<readonly Instance[]>;
  /** Closes every registration and watcher it made. Idempotent. */
  close(): Promise<void>;
}

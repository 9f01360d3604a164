import type { Events } from '../core/index.ts';

/** One address calls can go to, and what balancing policies want to know of it. */
export interface Endpoint {
  /** host:port; the endpoint's identity: its connection and statistics stay through updates of the rest. */
  readonly address: string;
  readonly weight: number;
  readonly zone: string;
  readonly version: string;
  /** How it can be called: "plain", "multiplexed". */
  readonly transports: readonly string[];
  /** RFC 3339; empty when nobody said. */
  readonly startedAt: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a resolver knows. */
export type ResolverState =
  /** Nobody has answered yet. */
  | { readonly kind: 'resolving' }
  /** Nobody has answered yet; this is what was known when a process on this machine last resolved the target. */
  | { readonly kind: 'snapshot'; readonly endpoints: readonly Endpoint[]; readonly savedAt: string }
  /** The source's own list; it may be empty when it never held anybody. */
  | { readonly kind: 'resolved'; readonly endpoints: readonly Endpoint[] }
  /**
   * The source has lost what it knew, which is not believed: those of the last good list that it does not name (`held`)
   * are kept beside those it names. For as long as it names nobody; then for a few seconds more, because the others
   * register again one after the other.
   */
  | {
      readonly kind: 'stale';
      readonly endpoints: readonly Endpoint[];
      readonly held: readonly Endpoint[];
      readonly sinceMs: number;
    };

/** Something that does not change what is known, and that an operator wants to see. */
export type ResolverTrouble =
  /** The source could not be asked, or fell silent; it is asked again after `delayMs`. */
  | { readonly kind: 'interrupted'; readonly error: unknown; readonly delayMs: number }
  /** A value that is no registration; it is ignored. */
  | { readonly kind: 'malformed'; readonly key: string; readonly reason: string }
  /** The snapshot on disk cannot be read, or is not one; it is ignored. */
  | { readonly kind: 'snapshot unreadable'; readonly error: unknown }
  | { readonly kind: 'snapshot not saved'; readonly error: unknown };

/** What happens to a resolver. */
export interface ResolverEvents {
  /** A new state; where the list is unchanged nothing is emitted. */
  changed: ResolverState;
  trouble: ResolverTrouble;
}

/** Turns a target into endpoints, and keeps them up to date. Never shrinks to zero. */
export interface Resolver extends AsyncDisposable {
  readonly state: ResolverState;
  readonly events: Events<ResolverEvents>;
  /** Asks its source again soon, where that does not tell changes by itself; may be called at any rate. */
  refresh?(): void;
  /** Idempotent. */
  close(): Promise<void>;
}

/** The endpoints a state offers. */
export function endpointsOf(state: ResolverState): readonly Endpoint[] {
  return state.kind === 'resolving' ? [] : state.endpoints;
}

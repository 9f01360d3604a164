import type { Events } from '../core/index.ts';

/** One address calls can go to, and what balancing policies want to know of it. */
export interface Endpoint {
  /** host:port; the endpoint's identity: its connection and statistics stay through updates of the rest. */
  readonly address: string;
  readonly weight: number;
  readonly zone: string;
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a resolver knows. */
export type ResolverState =
  /** Nobody has answered yet. */
  | { readonly kind: 'resolving' }
  /** The source's own list; it may be empty when it never held anybody. */
  | { readonly kind: 'resolved'; readonly endpoints: readonly Endpoint[] }
  /** The source says that nobody is there, which is not believed: the last list that held somebody (last known good). */
  | { readonly kind: 'stale'; readonly endpoints: readonly Endpoint[]; readonly sinceMs: number };

/** What happens to a resolver. */
export interface ResolverEvents {
  /** A new state; where the list is unchanged nothing is emitted. */
  changed: ResolverState;
}

/** Turns a target into endpoints, and keeps them up to date. Never shrinks to zero. */
export interface Resolver extends AsyncDisposable {
  readonly state: ResolverState;
  readonly events: Events<ResolverEvents>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** The endpoints a state offers. */
export function endpointsOf(state: ResolverState): readonly Endpoint[] {
  return state.kind === 'resolving' ? [] : state.endpoints;
}

import { assertNever } from '../core/index.ts';
import { endpointsOf, type Endpoint, type ResolverState } from './resolver.ts';

/** What a resolver learns. Times are on the monotonic clock. */
export type ResolverInput =
  /** The source's own list. `afterReset`: it has lost what it knew before. */
  | {
      readonly kind: 'listed';
      readonly endpoints: readonly Endpoint[];
      readonly afterReset: boolean;
      readonly atMs: number;
    }
  /** What was on disk. */
  | { readonly kind: 'snapshot'; readonly endpoints: readonly Endpoint[]; readonly savedAt: string }
  /** Time enough has passed for everybody to be listed again who is alive. */
  | { readonly kind: 'settled' };

/** The one place where what is known changes; the same object when it does not. */
export function nextKnown(state: ResolverState, input: ResolverInput): ResolverState {
  switch (input.kind) {
    case 'listed':
      return afterList(state, input);
    case 'snapshot':
      if (state.kind !== 'resolving' || input.endpoints.length === 0) return state;
      return { kind: 'snapshot', endpoints: input.endpoints, savedAt: input.savedAt };
    case 'settled':
      return state.kind === 'stale' && isRecovering(state) ? { kind: 'resolved', endpoints: listedOf(state) } : state;
    default:
      return assertNever(input);
  }
}

/** True when the source names somebody again, and others are still held. */
export function isRecovering(state: ResolverState): boolean {
  return state.kind === 'stale' && state.endpoints.length > state.held.length;
}

function afterList(state: ResolverState, { endpoints, afterReset, atMs }: ResolverInput & { kind: 'listed' }) {
  const known = endpointsOf(state);
  const isDoubtful = endpoints.length === 0 || afterReset || state.kind === 'stale';
  if (state.kind === 'resolving' || known.length === 0 || !isDoubtful) return resolved(state, endpoints);

  // Who was listed once since is not held any more: when it goes, it has left.
  const candidates = state.kind === 'stale' && endpoints.length > 0 ? state.held : known;
  const listed = new Set(endpoints.map(({ address }) => address));
  const held = candidates.filter(({ address }) => !listed.has(address));
  if (held.length === 0) return resolved(state, endpoints);
  const sinceMs = state.kind === 'stale' ? state.sinceMs : atMs;
  if (state.kind === 'stale' && held.length === state.held.length && endpoints.length === 0) return state;
  return { kind: 'stale', endpoints: [...endpoints, ...held], held, sinceMs } satisfies ResolverState;
}

function resolved(state: ResolverState, endpoints: readonly Endpoint[]): ResolverState {
  return state.kind === 'resolved' && state.endpoints === endpoints ? state : { kind: 'resolved', endpoints };
}

function listedOf({ endpoints, held }: ResolverState & { kind: 'stale' }): readonly Endpoint[] {
  return endpoints.slice(0, endpoints.length - held.length);
}

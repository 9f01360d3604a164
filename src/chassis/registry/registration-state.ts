import { assertNever } from '../core/index.ts';
import type { RegistrationState } from './registry.ts';

/** What moves a registration from state to state. Times are on the monotonic clock. */
export type RegistrationInput =
  /** A lease is asked for. */
  | { readonly kind: 'attempt'; readonly atMs: number }
  /** It could not be had, or the key could not be written. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The key is there; its lease was asked for at `atMs`. */
  | { readonly kind: 'written'; readonly leaseId: string; readonly atMs: number }
  /** The lease was renewed; that was asked for at `atMs`. */
  | { readonly kind: 'renewed'; readonly atMs: number }
  /** The lease or the key is gone or not to be relied on. */
  | { readonly kind: 'lost'; readonly error: unknown; readonly atMs: number }
  | { readonly kind: 'closing' }
  | { readonly kind: 'withdrawn' };

/**
 * The one place where a registration changes state:
 *
 *     listening -> granting -> registered -> lost -> granting ...      any -> draining -> revoked
 *
 * What comes too late for a state changes nothing.
 */
export function nextState(state: RegistrationState, input: RegistrationInput): RegistrationState {
  if (state.kind === 'revoked') return state;
  if (state.kind === 'draining') return input.kind === 'withdrawn' ? { kind: 'revoked' } : state;
  switch (input.kind) {
    case 'attempt':
      if (state.kind === 'listening') return { kind: 'granting', failures: 0, sinceMs: input.atMs };
      if (state.kind === 'lost') return { ...state, kind: 'granting', failures: 0 };
      return state;
    case 'failed':
      if (state.kind !== 'granting') return state;
      return { ...state, failures: state.failures + 1, error: input.error };
    case 'written':
      if (state.kind !== 'granting') return state;
      return { kind: 'registered', leaseId: input.leaseId, lastKeepaliveMs: input.atMs };
    case 'renewed':
      return state.kind === 'registered' ? { ...state, lastKeepaliveMs: input.atMs } : state;
    case 'lost':
      if (state.kind !== 'registered') return state;
      return { kind: 'lost', sinceMs: input.atMs, error: input.error };
    case 'closing':
      return { kind: 'draining' };
    case 'withdrawn':
      return { kind: 'revoked' };
    default:
      return assertNever(input);
  }
}

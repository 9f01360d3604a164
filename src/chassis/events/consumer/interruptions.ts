import { AppError, type Clock, type Events } from '../../core/index.ts';
import { POSITION_AHEAD } from '../position-ahead.ts';
import { POSITION_EXPIRED } from '../position-expired.ts';
import type { ConsumerEvents } from './events.ts';

/** What keeps a consumer from its events. */
export type Interruption =
  | { readonly kind: 'none' }
  /** It is tried again, and there is no getting on. */
  | { readonly kind: 'interrupted'; readonly forMs: number; readonly error: AppError }
  /** It was away for longer than its publisher keeps events: it cannot go on by itself. */
  | { readonly kind: 'expired'; readonly error: AppError }
  /** Its publisher was restored from a backup that is older than what it has read: it cannot go on by itself either. */
  | { readonly kind: 'ahead'; readonly error: AppError };

/** Interruptions that are further apart are not one; a consumer that has not had one for so long reads, whether or not there is anything to read. */
const APART_MS = 30_000;

/** Follows what a member tells; the function says how it is now. */
export function followInterruptions(
  events: Events<ConsumerEvents>,
  clock: Pick<Clock, 'monotonicMs'>,
): () => Interruption {
  let row: { readonly sinceMs: number; readonly lastMs: number; readonly error: AppError } | undefined;
  events.on('interrupted', ({ error }) => {
    const lastMs = clock.monotonicMs();
    const isOne = row !== undefined && lastMs - row.lastMs < APART_MS;
    row = { sinceMs: isOne && row !== undefined ? row.sinceMs : lastMs, lastMs, error: AppError.from(error) };
  });
  events.on('handled', () => (row = undefined));
  return () => {
    const nowMs = clock.monotonicMs();
    if (row === undefined || nowMs - row.lastMs >= APART_MS) return { kind: 'none' };
    const { error, sinceMs } = row;
    if (error.reason === POSITION_EXPIRED) return { kind: 'expired', error };
    if (error.reason === POSITION_AHEAD) return { kind: 'ahead', error };
    return { kind: 'interrupted', forMs: nowMs - sinceMs, error };
  };
}

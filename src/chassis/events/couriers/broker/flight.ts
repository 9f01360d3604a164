import { AppError, createBell, type Clock } from '../../../core/index.ts';
import type { Reached } from './relay-claim.ts';

/** What was handed to a broker together. */
export interface SentBatch {
  readonly events: number;
  /** Where the relay stands once it is confirmed, and all before it. */
  readonly reached: Reached;
  /** Resolves when the broker has confirmed all of it. */
  readonly confirmed: Promise<unknown>;
}

/** Batches that a broker has confirmed, all before them included. */
export interface Confirmed {
  readonly events: number;
  readonly reached: Reached;
  /** Since the oldest of them was sent, in milliseconds. */
  readonly durationMs: number;
}

/** What is under way to a broker, in the order in which it was sent. */
export interface Flight {
  sent(batch: SentBatch): void;
  /** Resolves when more may be sent. Rejects with an AbortError when the signal fires. */
  hasRoom(signal: AbortSignal): Promise<void>;
  /** The next that are confirmed; waits for them. Rejects when the broker refused one, or has confirmed nothing for too long (UNAVAILABLE, BROKER_SILENT). */
  confirmed(signal: AbortSignal): Promise<Confirmed>;
}

/** The reason of a broker that is there and does not confirm. */
export const BROKER_SILENT = 'BROKER_SILENT';

/** At most so many events are under way. */
const MAX_UNCONFIRMED = 2_000;
/** A confirmation takes at most so long, in milliseconds. */
const CONFIRM_TIMEOUT_MS = 10_000;
/** Looked at again after so long although nothing was heard, in milliseconds. */
const LOOK_MS = 60_000;

interface UnderWay extends SentBatch {
  readonly sentAtMs: number;
  outcome: { readonly kind: 'waiting' | 'confirmed' } | { readonly kind: 'refused'; readonly error: unknown };
}

/** Nothing is under way. `isBlocked`: the broker has said that it takes nothing for the time being, and is waited for. */
export function createFlight(clock: Pick<Clock, 'setTimer' | 'monotonicMs'>, isBlocked: () => boolean): Flight {
  const changes = createBell(clock);
  const underWay: UnderWay[] = [];
  let unconfirmed = 0;

  const settle = (batch: UnderWay, outcome: UnderWay['outcome']) => {
    batch.outcome = outcome;
    changes.ring();
  };

  /** The confirmed ones at the head, taken out. */
  const takeConfirmed = (): readonly UnderWay[] => {
    const first = underWay.findIndex(({ outcome }) => outcome.kind !== 'confirmed');
    return underWay.splice(0, first === -1 ? underWay.length : first);
  };

  /** How long the oldest may still take; throws when that is over, or when it was refused. */
  const patienceMs = (): number => {
    const [oldest] = underWay;
    if (oldest === undefined) return LOOK_MS;
    if (oldest.outcome.kind === 'refused') throw oldest.outcome.error;
    if (isBlocked()) return CONFIRM_TIMEOUT_MS;
    const leftMs = oldest.sentAtMs + CONFIRM_TIMEOUT_MS - clock.monotonicMs();
    if (leftMs <= 0) throw brokerSilent();
    return leftMs;
  };

  return {
    sent(batch) {
      const sent: UnderWay = { ...batch, sentAtMs: clock.monotonicMs(), outcome: { kind: 'waiting' } };
      underWay.push(sent);
      unconfirmed += batch.events;
      batch.confirmed.then(
        () => settle(sent, { kind: 'confirmed' }),
        (error: unknown) => settle(sent, { kind: 'refused', error }),
      );
      changes.ring();
    },
    async hasRoom(signal) {
      while (unconfirmed >= MAX_UNCONFIRMED) await changes.after(changes.rings, { timeoutMs: LOOK_MS, signal });
    },
    async confirmed(signal) {
      for (;;) {
        signal.throwIfAborted();
        const { rings } = changes;
        const batches = takeConfirmed();
        const [oldest, newest] = [batches[0], batches.at(-1)];
        if (oldest === undefined || newest === undefined) {
          await changes.after(rings, { timeoutMs: patienceMs(), signal });
          continue;
        }
        const events = batches.reduce((sum, batch) => sum + batch.events, 0);
        unconfirmed -= events;
        changes.ring();
        return { events, reached: newest.reached, durationMs: clock.monotonicMs() - oldest.sentAtMs };
      }
    },
  };
}

/** UNAVAILABLE: its connection is better given up. */
function brokerSilent(): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: BROKER_SILENT,
    message: `the broker has confirmed nothing for ${CONFIRM_TIMEOUT_MS} ms`,
  });
}

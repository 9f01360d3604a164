import type { EventFailure } from './failure.ts';

/** Which consumer, and at which publisher. */
export interface ConsumerNames {
  readonly consumer: string;
  readonly source: string;
}

/** An event that went wrong. */
export interface FailedEvent extends ConsumerNames {
  readonly eventId: string;
  readonly type: string;
  readonly aggregateId: string;
  readonly attempts: number;
  readonly failure: EventFailure;
}

/** What a consumer tells telemetry. */
export interface ConsumerEvents {
  /** Effects were committed, in one transaction. */
  readonly handled: ConsumerNames & {
    readonly events: number;
    /** Those that had been handled before. */
    readonly duplicates: number;
    readonly durationMs: number;
    /** From the event's time to now, of the oldest of them, in milliseconds. */
    readonly delayMs: number;
  };
  /** A handler failed; the event is tried again. */
  readonly parked: FailedEvent & { readonly waitMs: number };
  /** It was given up. */
  readonly buried: FailedEvent;
  /** A parked event took effect. */
  readonly recovered: ConsumerNames & { readonly eventId: string; readonly type: string; readonly attempts: number };
  /** This member's partitions are others now. */
  readonly assigned: ConsumerNames & { readonly partitions: readonly number[]; readonly members: number };
  /** The courier or the database was away; it goes on after the wait. */
  readonly interrupted: ConsumerNames & { readonly error: unknown; readonly waitMs: number };
}

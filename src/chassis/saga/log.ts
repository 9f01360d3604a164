import type { Queryable } from '../store/index.ts';
import type { HistoryDraft, HistoryEntry } from './history.ts';
import type { SagaState } from './state.ts';

/** Where a saga belongs: what the call that started it said, kept with the saga, so that whoever works on it goes on there. */
export interface SagaOrigin {
  /** W3C trace context of what started it; undefined: nobody traced it. */
  readonly traceparent: string | undefined;
  /** W3C baggage of the call that started it. */
  readonly baggage: string | undefined;
}

/** A saga as whoever works on it knows it. */
export interface WorkingSaga {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** What the saga is about, in its owner's words: an order's id. */
  readonly correlationKey: string;
  readonly origin: SagaOrigin;
  readonly state: SagaState;
  readonly input: unknown;
  /** By step. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Rises with every claim and every command: the fencing token. */
  readonly claimToken: number;
  /** Rises with every change but a heartbeat. */
  readonly revision: number;
}

/** An entry of the history that waited to be written. */
export interface DatedDraft extends HistoryDraft {
  /** How long it waited, in milliseconds. */
  readonly agoMs: number;
}

/** A change of one saga, written only while the saga is still what it was read as: same token, same revision. */
export interface SagaChange {
  /** As the log has it. */
  readonly saga: WorkingSaga;
  readonly next: SagaState;
  readonly history: readonly DatedDraft[];
  /** The outputs of steps that succeeded since. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** True keeps the claim: the writer goes on with the saga. */
  readonly hold: boolean;
  /** When not held: how long until it is due, in milliseconds. */
  readonly delayMs: number;
  /** True when it was sent before and nobody knows what became of it: it then counts as written if it was. */
  readonly again: boolean;
}

/** What happened to one saga in one commit. */
export interface SagaTransition {
  /** As it stands after it. */
  readonly saga: WorkingSaga;
  readonly from: SagaState;
  /** In order; may be empty when a claim was only given back. */
  readonly history: readonly HistoryEntry[];
}

/**
 * Called in the transaction that changes sagas, with every change it makes, so that what a saga is about changes with
 * the saga or not at all. It must be quick, make no remote call, and lock rows in the order given. Throwing rolls the
 * transitions back.
 */
export type TransitionHook = (tx: Queryable, transitions: readonly SagaTransition[]) => Promise<void>;

/** A saga just claimed. */
export interface ClaimedSaga {
  readonly saga: WorkingSaga;
  /** Until its deadline, by the database's clock; below zero when it has passed. */
  readonly remainingMs: number;
  /** Whose claim had run out, if anybody's: the attempt it was at is cut off. */
  readonly previousOwner: string | undefined;
  /** True where this very worker started it and has had it since. */
  readonly isFresh: boolean;
  /** How often in a row a claim ran out before anything was written. */
  readonly interruptions: number;
}

/** A claim to be made to last. */
export interface HeldClaim {
  readonly id: string;
  readonly claimToken: number;
}

/** What became of the claims of a heartbeat; those in neither set are somebody else's. */
export interface ExtendedClaims {
  /** They last another lease. */
  readonly extended: ReadonlySet<string>;
  /** Ours, and being written at this very moment: extended next time. */
  readonly busy: ReadonlySet<string>;
}

/** What the worker needs of the saga log. The one implementation is PostgreSQL; simulation brings another. */
export interface SagaLog {
  /** Takes up to `limit` due sagas that nobody else is taking, from this partition first and the others after it. */
  claim(limit: number, firstPartition: number): Promise<readonly ClaimedSaga[]>;
  /**
   * Writes many changes at once, each behind its own fence. Answers the ids of those that are durable; a saga that
   * somebody else changed since it was read is missing, and nothing of its change is written.
   */
  record(changes: readonly SagaChange[]): Promise<ReadonlySet<string>>;
  /** Makes the claims last another lease. */
  extend(held: readonly HeldClaim[]): Promise<ExtendedClaims>;
  /** Makes what this instance held in an earlier life due now. */
  expireOwn(): Promise<void>;
}

/** Due sagas are found by partition, so that instances need not look at the same ones: a saga's is the last digit of its id. */
export const SAGA_PARTITIONS = 16;

/** The partition of a saga. */
export function partitionOf(sagaId: string): number {
  return Number.parseInt(sagaId.slice(-1), SAGA_PARTITIONS);
}

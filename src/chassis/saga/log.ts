import type { Queryable } from '../store/index.ts';
import type { HistoryDraft, HistoryEntry } from './history.ts';
import type { SagaRecord } from './record.ts';
import type { SagaState } from './state.ts';

/** A change of one saga, to be written if nobody else changed the saga since it was read. */
export interface SagaChange {
  readonly saga: SagaRecord;
  readonly next: SagaState;
  readonly history: readonly HistoryDraft[];
  /** The output of the step that just succeeded. */
  readonly output?: { readonly step: string; readonly value: unknown };
  /** True keeps the claim, for another lease: the writer goes on with the saga. */
  readonly hold: boolean;
  /** When not held: how long until it is due, in milliseconds. */
  readonly delayMs: number;
}

/** What happened to one saga in one commit. */
export interface SagaTransition {
  /** As it stands after it. */
  readonly saga: SagaRecord;
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
  readonly saga: SagaRecord;
  /** Until its deadline, by the database's clock; below zero when it has passed. */
  readonly remainingMs: number;
  /** Whose claim had run out, if anybody's. */
  readonly previousOwner: string | undefined;
}

/** What the worker needs of the saga log. The one implementation is PostgreSQL; simulation brings another. */
export interface SagaLog {
  /** Takes up to `limit` due sagas, and writes for each what `describe` says of it. */
  claim(limit: number, describe: (claimed: ClaimedSaga) => readonly HistoryDraft[]): Promise<readonly ClaimedSaga[]>;
  /**
   * Writes many changes in one transaction. Answers each written saga as it stands then; a saga that somebody else
   * changed since it was read is missing from the answer, and nothing of its change is written.
   */
  record(changes: readonly SagaChange[]): Promise<ReadonlyMap<string, SagaRecord>>;
  /** Makes the claims last another lease; answers the ids that are still ours. */
  extend(held: readonly { readonly id: string; readonly claimToken: number }[]): Promise<ReadonlySet<string>>;
  /** Makes what this instance held in an earlier life due now. */
  expireOwn(): Promise<void>;
}

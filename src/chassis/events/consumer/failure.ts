import { AppError, type ErrorStatus } from '../../core/index.ts';
import { conflictState, DATABASE_UNAVAILABLE } from '../../store/index.ts';

/** The reason of a member that may no longer move its positions. */
export const CLAIM_LOST = 'CLAIM_LOST';

/** What is kept of an error, for an operator to read. */
export interface EventFailure {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** Where it came from, with those of its causes. */
  readonly stack: string;
}

/** Statuses by which a handler says that the event itself is bad: another try would end alike. */
const HOPELESS: ReadonlySet<ErrorStatus> = new Set(['INVALID_ARGUMENT', 'UNIMPLEMENTED', 'DATA_LOSS']);

/** Reasons that say nothing about the event: the database is away, another transaction was faster, another member goes on. */
const NOT_THE_EVENT: ReadonlySet<string> = new Set([DATABASE_UNAVAILABLE, 'TRANSACTION_CONFLICT', CLAIM_LOST]);

/** UNIMPLEMENTED: an event that was kept for a consumer which, as this process runs it, has no handler for its type. */
export function eventUnwanted(consumer: string, type: string): AppError {
  return new AppError({
    status: 'UNIMPLEMENTED',
    reason: 'EVENT_UNWANTED',
    message: `this process runs no consumer ${consumer} with a handler for ${type}`,
  });
}

/** Reads an error; what is no AppError is a bug and counts as INTERNAL. */
export function toEventFailure(error: unknown): EventFailure {
  const { status, reason, message } = AppError.from(error);
  const cause = error instanceof AppError ? error.cause : error;
  const text = cause instanceof Error && status === 'INTERNAL' ? `${message} (${cause.message})` : message;
  return { status, reason, message: text, stack: stackOf(error) };
}

/** Whether trying again is no use. */
export function isHopeless(error: unknown): boolean {
  return error instanceof AppError && HOPELESS.has(error.status);
}

/** Whether the event is not to blame, so that it is left where it is until things are better. */
export function isNotTheEvent(error: unknown): boolean {
  if (conflictState(error) !== undefined) return true;
  return error instanceof AppError && NOT_THE_EVENT.has(error.reason);
}

function stackOf(error: unknown): string {
  const stacks: string[] = [];
  for (let current = error; current instanceof Error && stacks.length < 5; current = current.cause) {
    stacks.push(current.stack ?? String(current));
  }
  return stacks.join('\ncaused by ');
}

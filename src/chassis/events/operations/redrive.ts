import type { Clock, NewId } from '../../core/index.ts';
import type { Database } from '../../store/index.ts';
import {
  EventFailed,
  eventUnwanted,
  handleEvents,
  isNotTheEvent,
  toEventFailure,
  type EventFailure,
} from '../consumer/index.ts';
import type { ConsumerDefinition } from '../consumer/index.ts';
import { noteAction, type By } from './actions.ts';
import { takeDeadLetter, type DeadLetter } from './dead-letters.ts';
import { operationStatements } from './statements.ts';

/** What became of a dead letter. */
export type DeadLetterOutcome =
  | { readonly kind: 'done'; readonly letter: DeadLetter }
  /** Its handler failed again; it stays, with this cause. */
  | { readonly kind: 'failed'; readonly letter: DeadLetter; readonly failure: EventFailure }
  | { readonly kind: 'gone'; readonly id: string };

/** What dead letters are tried again with. */
export interface RedriveOptions {
  readonly database: Database;
  /** The consumer of a name, where this process runs it. */
  readonly definitionOf: (consumer: string) => ConsumerDefinition | undefined;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly signal: AbortSignal;
}

/**
 * Gives a dead letter to its handler again, in a transaction that removes it. Throws where the event is not to blame, as when the database is
 * away: the letter is as it was then.
 */
export async function redriveDeadLetter(id: string, by: By, options: RedriveOptions): Promise<DeadLetterOutcome> {
  const { database, definitionOf } = options;
  let letter: DeadLetter | undefined;
  try {
    const committed = await database.transaction(async (tx) => {
      letter = await takeDeadLetter(tx, id);
      if (letter === undefined) return undefined;
      const { consumer, event, attempts } = letter;
      const definition = definitionOf(consumer);
      if (definition?.types.has(event.type) !== true) throw new EventFailed(event, eventUnwanted(consumer, event.type));
      const follows = await handleEvents(tx, [event], () => attempts + 1, { ...options, definition });
      const detail = { dead_letter: id, event: event.id, type: event.type, aggregate: event.aggregateId };
      await noteAction(tx, by, { action: 'redrive', consumer, source: event.source, detail });
      return follows;
    });
    committed?.();
    return letter === undefined ? { kind: 'gone', id } : { kind: 'done', letter };
  } catch (error) {
    const cause = error instanceof EventFailed ? error.cause : error;
    if (letter === undefined || options.signal.aborted || isNotTheEvent(cause)) throw cause;
    const failure = toEventFailure(cause);
    const parameters = [id, letter.attempts + 1, JSON.stringify(failure)];
    await database.execute(operationStatements()['die-again'], parameters);
    return { kind: 'failed', letter, failure };
  }
}

/** Removes a dead letter without effect; what it was is kept. */
export async function discardDeadLetter(id: string, by: By, database: Database): Promise<DeadLetterOutcome> {
  return database.transaction(async (tx) => {
    const letter = await takeDeadLetter(tx, id);
    if (letter === undefined) return { kind: 'gone', id };
    const { consumer, event, cause, attempts } = letter;
    const { partition: _partition, data, ...rest } = event;
    const detail = { dead_letter: id, event: { ...rest, data: JSON.parse(data) as unknown }, cause, attempts };
    await noteAction(tx, by, { action: 'discard', consumer, source: event.source, detail });
    return { kind: 'done', letter };
  });
}

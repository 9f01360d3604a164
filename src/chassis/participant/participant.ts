import { newId as systemNewId, systemClock, type Clock, type NewId } from '../core/index.ts';
import { appendEvents, type NewEvent } from '../events/index.ts';
import {
  idempotently,
  refuseLateOriginal,
  type Database,
  type IdempotentCommand,
  type MessageCodec,
  type Queryable,
} from '../store/index.ts';
import { createFastLane, type FastForm } from './fast-lane.ts';

/** What a command did. */
export interface Effect<Response> {
  readonly response: Response;
  /** What happened, for the outbox; none when nothing changed. */
  readonly events: readonly NewEvent[];
}

/** A command of a service, and how it is carried out. */
export interface ParticipantCommand<Request extends { readonly requestId: string }, Command, Response> {
  /** "/tradewind.product.v1.InventoryService/ReserveStock". */
  readonly method: string;
  /** What makes two requests the same. */
  readonly request: Pick<MessageCodec<Request>, 'encode'>;
  readonly response: MessageCodec<Response>;
  /** The command in the domain's own words. Throws INVALID_ARGUMENT; asks nobody. */
  parse(request: Request): Command;
  /** Where it can be undone before it is asked for. */
  readonly original?: Original<Command>;
  /**
   * Carries it out, whatever stands in its way, or throws and changes nothing. Runs in the command's own transaction, again when that lost
   * against another; changes nothing outside `tx` and calls nobody.
   */
  handle(tx: Queryable, command: Command): Promise<Effect<Response>>;
  /** The same for many commands at once, where nothing stands in their way. */
  readonly fast?: FastForm<Command, Response>;
}

/** A command whose undo may come first; the undo calls undoOrTombstone with the same kind and names. */
export interface Original<Command> {
  /** What is done: "reservation", "award". */
  readonly kind: string;
  /** How the original is refused then: "AWARD_REVOKED", of the service's ErrorReason. */
  readonly reason: string;
  /** What an undo may call it by: at least one. */
  names(command: Command): readonly string[];
}

/** What a participant works with. */
export interface ParticipantOptions {
  readonly database: Database;
  readonly clock?: Clock;
  readonly newId?: NewId;
}

/**
 * A handler that takes effect exactly once per request_id, whoever repeats it, however often and wherever: the record of the command, the
 * change and its events are committed together. The same request again is answered as the first one was, without another effect or event.
 * A request_id left empty means "never repeated".
 *
 * Commands with a fast form that arrive while others are being written go together, in one statement and one commit; what is not plain
 * is left by that statement as if it had never been asked for, and is then carried out by `handle`, which has the precise answer.
 *
 * @throws AppError INVALID_ARGUMENT, reason REQUEST_ID_REUSED: the request_id was used with another request.
 * @throws AppError FAILED_PRECONDITION with the original's reason: it was undone before it was asked for.
 */
export function createParticipant<Request extends { readonly requestId: string }, Command, Response>(
  definition: ParticipantCommand<Request, Command, Response>,
  { database, clock = systemClock, newId = systemNewId }: ParticipantOptions,
): (request: Request) => Promise<Response> {
  const { method, original, fast } = definition;
  const lane = fast && createFastLane({ method, original, fast, database, clock, newId });

  const carryOut = async (tx: Queryable, command: Command): Promise<Response> => {
    if (original !== undefined) {
      const { kind, reason } = original;
      await refuseLateOriginal(tx, { kind, reason, names: original.names(command) });
    }
    const { response, events } = await definition.handle(tx, command);
    await appendEvents(tx, events, { newId });
    return response;
  };

  return async (request) => {
    const command = definition.parse(request);
    const record: IdempotentCommand<Response> = {
      scope: method,
      key: request.requestId,
      request: definition.request.encode({ ...request, requestId: '' }).finish(),
      codec: definition.response,
      rebuild: fast && ((outcome) => fast.response(command, outcome)),
    };
    if (lane !== undefined && record.key !== '') {
      const outcome = await lane.submit(record, command);
      if (outcome !== undefined) return lane.response(command, outcome);
    }
    return database.transaction((tx) => idempotently(tx, record, () => carryOut(tx, command)));
  };
}

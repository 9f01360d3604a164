import { createHash } from 'node:crypto';

import { invalidArgument } from '../core/index.ts';
import type { Queryable } from './database.ts';
import { storeStatements } from './store-statements.ts';

/** The two sides of a generated message that a stored response needs; every ts-proto message object has them. */
export interface MessageCodec<Message> {
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
}

/** A command as its caller named it. */
export interface IdempotentCommand<Response> {
  /** The full method name: "/tradewind.payment.v1.PaymentService/AuthorizePayment". Keys of different methods do not meet. */
  readonly scope: string;
  /** The caller's request_id; empty means "never repeated", and nothing is remembered. */
  readonly key: string;
  /** The encoded request with its request_id left empty. */
  readonly request: Uint8Array;
  /** The response's codec. */
  readonly codec: MessageCodec<Response>;
  /** The response, from the outcome that a statement for many commands kept in its place. */
  readonly rebuild?: ((outcome: unknown) => Response) | undefined;
}

/**
 * Carries a command out at most once per key. Call it inside the transaction of the effect: the effect and its record are committed
 * together or not at all, so after a crash either both are there or the effect runs again.
 *
 * The same key and request again answer the first response without running the effect. A concurrent call with the key waits for the
 * first one's transaction; where that rolled back, the waiting one runs the effect. An effect that throws leaves no record.
 *
 * @throws AppError INVALID_ARGUMENT, reason REQUEST_ID_REUSED: the key was used with another request.
 */
export async function idempotently<Response>(
  tx: Queryable,
  command: IdempotentCommand<Response>,
  effect: () => Promise<Response>,
): Promise<Response> {
  if (command.key === '') return effect();
  const statements = storeStatements();
  const hash = requestHash(command.request);
  const claimed = await tx.execute(statements['idempotency-claim'], [command.scope, command.key, hash]);
  if (claimed === 0) return storedResponse(tx, command, hash);
  const response = await effect();
  await tx.atCommit(statements['idempotency-answer'], [
    command.scope,
    command.key,
    command.codec.encode(response).finish(),
  ]);
  return response;
}

/**
 * What the command was answered before, or undefined when it was not carried out yet: for handlers that look before they do work which
 * cannot be part of a transaction. Errors as idempotently's.
 */
export async function previousResponse<Response>(
  queryable: Queryable,
  command: IdempotentCommand<Response>,
): Promise<Response | undefined> {
  if (command.key === '') return undefined;
  return findResponse(queryable, command, requestHash(command.request));
}

/** SHA-256 of an encoded request. */
export function requestHash(request: Uint8Array): Buffer {
  return createHash('sha256').update(request).digest();
}

/**
 * Deletes at most `limit` records of commands and of undos that are older; returns how many went. A key is only as good as its record: keep
 * them for longer than any caller repeats (a saga's whole time-out, days for people).
 */
export async function forgetCommands(
  queryable: Queryable,
  options: { readonly before: Date; readonly limit: number },
): Promise<number> {
  const statements = storeStatements();
  const parameters = [options.before, options.limit];
  const records = await queryable.execute(statements['idempotency-forget'], parameters);
  return records + (await queryable.execute(statements['tombstone-forget'], parameters));
}

interface RecordRow {
  readonly request_hash: Buffer;
  readonly response: Buffer | null;
  readonly outcome: unknown;
}

async function storedResponse<Response>(
  tx: Queryable,
  command: IdempotentCommand<Response>,
  hash: Buffer,
): Promise<Response> {
  const response = await findResponse(tx, command, hash);
  if (response === undefined) {
    throw new Error(`the command ${command.scope} under key "${command.key}" was claimed twice in one transaction`);
  }
  return response;
}

async function findResponse<Response>(
  queryable: Queryable,
  command: IdempotentCommand<Response>,
  hash: Buffer,
): Promise<Response | undefined> {
  const row = await queryable.one<RecordRow>(storeStatements()['idempotency-get'], [command.scope, command.key]);
  if (row === undefined) return undefined;
  if (!row.request_hash.equals(hash)) {
    throw invalidArgument(
      [{ field: 'request_id', description: 'was used before with another request', reason: 'request_id.reused' }],
      'REQUEST_ID_REUSED',
    );
  }
  if (row.response !== null) return command.codec.decode(row.response);
  if (row.outcome === null) return undefined;
  if (command.rebuild === undefined)
    throw new Error(`an answer of ${command.scope} cannot be rebuilt from its outcome`);
  return command.rebuild(row.outcome);
}

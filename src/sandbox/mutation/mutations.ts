import { createHash } from 'node:crypto';

import { isAbortError, type Clock } from '../../chassis/core/index.ts';
import { ApiError, type HttpReply, type HttpRequest } from '../http/index.ts';
import type { OperationLog, UsedKey } from '../journal/index.ts';
import type { Fault } from './fault.ts';

/** What one mutating request wants. */
export interface Mutation<Event> {
  readonly idempotencyKey: string;
  /** Equal for the same request sent again, different for another one. */
  readonly fingerprint: string;
  readonly fault?: Fault | undefined;
  /** Decides, purely, by the state of the moment. Throws ApiError: nothing is recorded then, the key stays free. */
  readonly decide: () => Event;
}

/** What mutations are made of. */
export interface MutationsOptions<Event> {
  readonly log: OperationLog<Event>;
  /** The answer that belongs to an event, the first time and each time its key comes again. */
  readonly answerTo: (event: Event) => { readonly status: number; readonly json: unknown };
  readonly clock: Clock;
  readonly lateMs: number;
  /** Ends the waits of late answers. */
  readonly signal: AbortSignal;
}

/** Mutations under idempotency keys, over one operation log. */
export interface Mutations<Event> {
  /**
   * Carries the mutation out once per key. The same request again gets the first answer, with
   * `idempotent-replayed: true`; 422 IDEMPOTENCY_KEY_REUSED for another request under a used key, 409
   * IDEMPOTENCY_KEY_IN_USE while the first is still being worked on.
   * Source: draft-ietf-httpapi-idempotency-key-header.
   */
  perform(mutation: Mutation<Event>): Promise<HttpReply>;
  /** True while a late effect under this key is on its way. */
  inProgress(idempotencyKey: string): boolean;
}

/** Binds mutations to their log. */
export function createMutations<Event>(options: MutationsOptions<Event>): Mutations<Event> {
  const { log, answerTo, clock, lateMs, signal } = options;
  const running = new Map<string, string>();
  const refusals = new Map<string, number>();

  function commit({ idempotencyKey, fingerprint, decide }: Mutation<Event>): HttpReply {
    const event = decide();
    log.commit({ idempotencyKey, fingerprint, event });
    return answerTo(event);
  }

  async function replay(used: UsedKey): Promise<HttpReply> {
    const { event } = await log.read(used.position);
    return { ...answerTo(event), headers: { 'idempotent-replayed': 'true' } };
  }

  async function commitLate(mutation: Mutation<Event>): Promise<HttpReply> {
    running.set(mutation.idempotencyKey, mutation.fingerprint);
    try {
      await clock.sleep(lateMs, signal);
      return commit(mutation);
    } catch (error) {
      if (isAbortError(error)) return 'lost'; // the stand-in is closing
      throw error;
    } finally {
      running.delete(mutation.idempotencyKey);
    }
  }

  async function commitThenWait(mutation: Mutation<Event>): Promise<HttpReply> {
    const reply = commit(mutation);
    try {
      await clock.sleep(lateMs, signal);
      return reply;
    } catch (error) {
      if (isAbortError(error)) return 'lost'; // as above
      throw error;
    }
  }

  function refuseOrCommit(mutation: Mutation<Event>, fault: Extract<Fault, object>): HttpReply {
    const before = refusals.get(mutation.idempotencyKey) ?? 0;
    if (before < fault.times) {
      refusals.set(mutation.idempotencyKey, before + 1);
      throw new ApiError(
        fault.refuses === 500
          ? { status: 500, code: 'PROCESSING_ERROR', message: 'something broke here; nothing happened, try again' }
          : { status: 503, code: 'UNAVAILABLE', message: 'not available right now; nothing happened, try later' },
      );
    }
    refusals.delete(mutation.idempotencyKey);
    return commit(mutation);
  }

  return {
    async perform(mutation) {
      const { idempotencyKey, fingerprint, fault } = mutation;
      const used = log.find(idempotencyKey);
      const first = used?.fingerprint ?? running.get(idempotencyKey);
      if (first !== undefined && first !== fingerprint) throw keyReused(idempotencyKey);
      if (used !== undefined) return replay(used);
      if (first !== undefined) throw keyInUse(idempotencyKey);

      if (fault === undefined) return commit(mutation);
      if (fault === 'late-effect') return commitLate(mutation);
      if (fault === 'late-reply') return commitThenWait(mutation);
      if (fault === 'reply-lost') {
        commit(mutation);
        return 'lost';
      }
      return refuseOrCommit(mutation, fault);
    },
    inProgress: (idempotencyKey) => running.has(idempotencyKey),
  };
}

/** The request's `Idempotency-Key`: 1 to 255 printable ASCII characters. 400 IDEMPOTENCY_KEY_MISSING or _INVALID. */
export function requiredIdempotencyKey(request: HttpRequest): string {
  const key = request.header('idempotency-key');
  if (key === undefined || key === '') {
    throw new ApiError({
      status: 400,
      code: 'IDEMPOTENCY_KEY_MISSING',
      message: 'every mutation needs an Idempotency-Key header',
    });
  }
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new ApiError({
    status: 400,
    code: 'IDEMPOTENCY_KEY_INVALID',
    message: 'an Idempotency-Key has 1 to 255 printable ASCII characters and no space',
  });
}

/** A short digest of what makes two requests the same: the action, its target, and the checked body. */
export function fingerprintOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

function keyReused(key: string): ApiError {
  return new ApiError({
    status: 422,
    code: 'IDEMPOTENCY_KEY_REUSED',
    message: `the key ${key} belongs to another request`,
  });
}

function keyInUse(key: string): ApiError {
  return new ApiError({
    status: 409,
    code: 'IDEMPOTENCY_KEY_IN_USE',
    message: `the first request under ${key} is still being worked on`,
    headers: { 'retry-after': '1' },
  });
}

import { z } from 'zod';

import {
  abortError,
  createEmitter,
  currentCall,
  type AppError,
  type Clock,
  type Emitter,
  type Events,
} from '../core/index.ts';
import { isOwnRejection } from '../resilience/index.ts';
import { createHttpConnections, type HttpRequest, type RawReply } from './http-connections.ts';
import type { OutboundGuard } from './outbound-guard.ts';
import { unavailable, type Outside } from './unavailable.ts';

/** How an outside system is reached. */
export interface HttpExchangeOptions extends Outside {
  /** The base of its HTTP API. */
  readonly url: string;
  readonly clock: Clock;
  /** The longest wait for one answer, in milliseconds; less when the call's deadline is nearer. */
  readonly timeoutMs: number;
  /** Kept back from the call's deadline for writing down what was answered, in milliseconds. Default 100. */
  readonly reserveMs?: number;
  /** Decides which requests are sent, and when. Default: none, every request is sent at once. */
  readonly guard?: OutboundGuard;
}

/** An answer that is one: never "later". Errors are JSON: `{ "error": { "code": "...", ...facts } }`. */
export interface HttpReply {
  readonly status: number;
  /** The outside system's word for a refusal; empty otherwise. */
  readonly code: string;
  /** The texts beside the code, by name. */
  readonly facts: Readonly<Record<string, string>>;
  /** The body of a success; throws an Error that names the status and the code alone where it is none of this shape. */
  parse<Schema extends z.ZodType>(schema: Schema): z.output<Schema>;
}

/**
 * Requests to an outside system, bound by the call's deadline and signal. No retries here: the caller of the RPC repeats
 * it, and the reconciler what nobody repeats. No error quotes a request, which may hold a secret.
 */
export interface HttpExchange {
  readonly events: Events<HttpExchangeEvents>;
  /**
   * Throws AppError UNAVAILABLE, with RetryInfo, when there is no answer or only "later"; whether it happened is then
   * unknown. The same, with the refusal as its cause, when the guard did not let it pass: an earlier try under its key may
   * have arrived. Throws an AbortError when the caller gave up.
   */
  send(request: HttpRequest): Promise<HttpReply>;
  /** The error `send` throws, for a reply that says "later" in its own way. */
  unavailable(): AppError;
  /** Lets go of the connections that are kept for the next request. Idempotent. */
  close(): void;
}

/** What an exchange tells. Never what is in a request, which may hold a secret. */
export interface HttpExchangeEvents {
  /** A request is about to be sent. */
  readonly exchangeStarted: HttpExchangeName;
  /** It was answered, with this status, or it was not: undefined. */
  readonly exchangeEnded: HttpExchangeName & { readonly durationMs: number; readonly status: number | undefined };
}

/** What a request is called in telemetry. */
export interface HttpExchangeName {
  readonly method: HttpRequest['method'];
  /** The path with `{}` for every id, and without its query: "/v1/authorizations/{}/capture". */
  readonly route: string;
}

const DEFAULT_RESERVE_MS = 100;

/** Another request under the same key is still being worked on. */
const KEY_IN_USE = 'IDEMPOTENCY_KEY_IN_USE';

const problem = z.object({ error: z.looseObject({ code: z.string() }) });

/** Makes the exchange. It keeps connections alive between requests, and opens one more where all are busy. */
export function createHttpExchange(options: HttpExchangeOptions): HttpExchange {
  const events = createEmitter<HttpExchangeEvents>();
  const connections = createHttpConnections(options.url);
  return {
    events,
    async send(request) {
      const name = { method: request.method, route: routeOf(request.path) };
      const roundTrip = () => bounded(options, (signal) => connections.roundTrip(request, signal));
      const { status, text, retryAfter } = await guarded(options, name, async () =>
        refuseLater(await told(events, options.clock, name, roundTrip), options),
      );
      const body = parseJson(text);
      const error = status < 300 ? undefined : problem.safeParse(body).data?.error;
      if (error?.code === KEY_IN_USE) throw unavailable(options, { retryAfter });
      return replyOf({ status, body, error }, options);
    },
    unavailable: () => unavailable(options),
    close: () => connections.close(),
  };
}

/** Asks as the guard allows. What it refuses is to the caller as if nobody had answered. */
async function guarded(
  options: HttpExchangeOptions,
  { method, route }: HttpExchangeName,
  ask: () => Promise<RawReply>,
): Promise<RawReply> {
  const { guard, clock } = options;
  if (guard === undefined) return ask();
  const context = { signal: currentCall()?.signal, deadlineMs: clock.monotonicMs() + timeLeftMs(options) };
  try {
    return await guard.policyOf(`${method} ${route}`).execute(ask, context);
  } catch (error) {
    throw isOwnRejection(error) ? unavailable(options, { cause: error }) : error;
  }
}

/** Throws for a reply that says "later", and for one that sends us elsewhere. */
function refuseLater(reply: RawReply, outside: Outside): RawReply {
  const { status, retryAfter } = reply;
  const isLater = status >= 500 || status === 429 || status === 408;
  if (isLater || (status >= 300 && status < 400)) throw unavailable(outside, { retryAfter });
  return reply;
}

/** Ends the exchange at its time-out, before the call's deadline, and with its caller. */
async function bounded(
  options: HttpExchangeOptions,
  exchange: (signal: AbortSignal) => Promise<RawReply>,
): Promise<RawReply> {
  const signal = currentCall()?.signal;
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = options.clock.setTimer(Math.max(1, Math.floor(timeLeftMs(options))), end);
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  try {
    return await exchange(ending.signal);
  } catch (cause) {
    if (signal?.aborted) throw abortError(signal); // the caller gave up; nobody reads the answer
    throw unavailable(options, { cause });
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', end);
  }
}

function replyOf(
  { status, body, error }: { readonly status: number; readonly body: unknown; readonly error: object | undefined },
  { name }: Outside,
): HttpReply {
  const { code = '', ...facts } = Object.fromEntries(
    Object.entries(error ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  return {
    status,
    code,
    facts,
    parse(schema) {
      const result = status < 300 ? schema.safeParse(body) : undefined;
      if (result?.success) return result.data;
      // The documentation does not have it: a defect here or there, for the log.
      throw new Error(`${name} answered ${status}${code === '' ? '' : ` ${code}`}, which nothing here expects`);
    },
  };
}

function timeLeftMs({ clock, timeoutMs, reserveMs = DEFAULT_RESERVE_MS }: HttpExchangeOptions): number {
  const deadlineMs = currentCall()?.deadlineMs;
  return deadlineMs === undefined ? timeoutMs : Math.min(timeoutMs, deadlineMs - clock.monotonicMs() - reserveMs);
}

async function told(
  events: Emitter<HttpExchangeEvents>,
  clock: Clock,
  name: HttpExchangeName,
  ask: () => Promise<RawReply>,
): Promise<RawReply> {
  const startedAtMs = clock.monotonicMs();
  let status: number | undefined;
  events.emit('exchangeStarted', name);
  try {
    const reply = await ask();
    status = reply.status;
    return reply;
  } finally {
    events.emit('exchangeEnded', { ...name, durationMs: clock.monotonicMs() - startedAtMs, status });
  }
}

/** What a path's segments are when they are no ids. */
const WORD = /^([a-z][a-z-]*|v\d+|)$/;

function routeOf(path: string): string {
  const [bare = path] = path.split('?', 1);
  return bare
    .split('/')
    .map((segment) => (WORD.test(segment) ? segment : '{}'))
    .join('/');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // whoever needs a body finds that there is none
  }
}

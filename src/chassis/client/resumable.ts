import type { CallOptions } from 'nice-grpc';

import {
  AppError,
  backoffMs,
  currentCall,
  isAbortError,
  systemClock,
  systemRandom,
  throwIfAborted,
  type BackoffOptions,
  type Clock,
  type Random,
} from '../core/index.ts';
import type { ChassisCallOptions } from '../middleware/client/index.ts';

/** How a stream tells where it is, and how it is asked for again from there. */
export interface Resumption<Request, Response, Position> {
  /** Opens the stream the first time, and again while no position has come. */
  readonly request: Request;
  /** Where this response stands; undefined when one cannot go on from it, and the position before still holds. */
  readonly position: (response: Response) => Position | undefined;
  /** The request for everything after the position. */
  readonly resume: (request: Request, position: Position) => Request;
}

/** How a broken stream is taken up again. */
export interface ResumeOptions {
  /** Tries in a row that bring nothing before the error is thrown; default 10. */
  readonly maxAttempts?: number | undefined;
  /** Waits before each try; default up to 50 ms, growing to 2 s, with full jitter. */
  readonly backoff?: BackoffOptions | undefined;
  /** For tests. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

type Options = CallOptions & ChassisCallOptions & ResumeOptions;

const DEFAULTS = { maxAttempts: 10, backoff: { baseMs: 50, maxMs: 2_000 } };

/**
 * A server stream that outlives its server: when it breaks because the server drains, dies or is cut off, it is opened
 * again, elsewhere, after the last position received. So nothing is lost and nothing comes twice, as far as the method
 * keeps its promise about positions. Ends as the stream ends; what is no interruption is thrown as it is.
 *
 *     resumable(orders.watchOrder, {
 *       request: { orderId },
 *       position: ({ event }) => event?.position,
 *       resume: (request, afterPosition) => ({ ...request, afterPosition }),
 *     })
 *
 * The other options are those of a call; `timeoutMs` and the signal bound all tries and waits together.
 */
export async function* resumable<Request, Response, Position>(
  open: (request: Request, options?: CallOptions & ChassisCallOptions) => AsyncIterable<Response>,
  { request, position, resume }: Resumption<Request, Response, Position>,
  options: Options = {},
): AsyncGenerator<Response, void, undefined> {
  const { maxAttempts, backoff, clock = systemClock, random = systemRandom, timeoutMs, ...callOptions } = options;
  const limit = maxAttempts ?? DEFAULTS.maxAttempts;
  const deadlineMs = timeoutMs === undefined ? undefined : clock.monotonicMs() + timeoutMs;
  let next = request;
  for (let failures = 0; ;) {
    const remaining = deadlineMs === undefined ? {} : { timeoutMs: Math.max(0, deadlineMs - clock.monotonicMs()) };
    try {
      for await (const response of open(next, { ...callOptions, ...remaining })) {
        failures = 0;
        const reached = position(response);
        if (reached !== undefined) next = resume(request, reached);
        yield response;
      }
      return;
    } catch (error) {
      failures += 1;
      if (!isInterruption(error) || failures >= limit) throw error;
    }
    const waitMs = backoffMs(failures, backoff ?? DEFAULTS.backoff, random);
    await waitWithin(waitMs, earliest(deadlineMs, currentCall()?.deadlineMs), clock, callOptions.signal);
  }
}

/**
 * The server went away: it said so (UNAVAILABLE), or the stream was reset under it (CANCELLED). Our own close() and our
 * own cancellation look alike and are final.
 */
function isInterruption(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  if (error.status === 'UNAVAILABLE') return error.reason !== 'CLIENT_CLOSED';
  return error.status === 'CANCELLED' && !isAbortError(error.cause);
}

function earliest(one: number | undefined, other: number | undefined): number {
  return Math.min(one ?? Infinity, other ?? Infinity);
}

/** The try after the deadline is made, so that the call itself says that it has passed. */
async function waitWithin(ms: number, deadlineMs: number, clock: Clock, own: AbortSignal | undefined): Promise<void> {
  const waitMs = Math.max(0, Math.min(ms, deadlineMs - clock.monotonicMs()));
  const leave = new AbortController();
  const onAbort = () => leave.abort();
  const signals = [own, currentCall()?.signal].filter((signal) => signal !== undefined);
  for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (const signal of signals) throwIfAborted(signal);
    await clock.sleep(waitMs, leave.signal);
  } catch (aborted) {
    throw AppError.from(aborted);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', onAbort);
  }
}

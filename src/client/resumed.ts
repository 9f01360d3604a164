import { AppError, backoffMs, systemClock, systemRandom, type BackoffOptions } from '../chassis/core/index.ts';

/** How a broken stream is taken up again. */
export interface ResumeOptions {
  /** Tries in a row that bring no element before the error is thrown; default 10. */
  readonly maxAttempts?: number | undefined;
  /** Waits between tries; default up to 2 s. */
  readonly backoff?: BackoffOptions | undefined;
  /** Ends a wait; give it to the stream as well. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULTS = { maxAttempts: 10, backoff: { baseMs: 100, maxMs: 2_000 } };

/**
 * A stream that outlives its server: `open` starts it after the last element received (undefined: from the beginning),
 * and starts it again when it breaks with UNAVAILABLE. Ends when the stream ends; throws what else it fails with.
 *
 *     resumed((last) => tradewind.orders.watchOrder({ orderId, afterPosition: last?.event?.position ?? 0n }))
 */
export async function* resumed<Element>(
  open: (last: Element | undefined) => AsyncIterable<Element>,
  options: ResumeOptions = {},
): AsyncGenerator<Element, void, undefined> {
  const { maxAttempts = DEFAULTS.maxAttempts, backoff = DEFAULTS.backoff, signal } = options;
  let last: Element | undefined;
  for (let failures = 0; ;) {
    try {
      for await (const element of open(last)) {
        last = element;
        failures = 0;
        yield element;
      }
      return;
    } catch (error) {
      failures += 1;
      if (!isInterruption(error) || failures >= maxAttempts) throw error;
    }
    await systemClock.sleep(backoffMs(failures, backoff, systemRandom), signal).catch((aborted: unknown) => {
      throw AppError.from(aborted);
    });
  }
}

/** The server went away; our own close() looks alike and is final. */
function isInterruption(error: unknown): boolean {
  return error instanceof AppError && error.status === 'UNAVAILABLE' && error.reason !== 'CLIENT_CLOSED';
}

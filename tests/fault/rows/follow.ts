import { resumable } from '../../../src/chassis/client/index.ts';
import { AppError, type Random } from '../../../src/chassis/core/index.ts';
import type { CounterClients } from '../../support/counter-clients.ts';

/** Milliseconds between two positions. */
const PACE_MS = 20;

/** A stream of positions, 1, 2, 3..., that is resumed through whatever happens to its servers. */
export interface Followed {
  /** How often it was opened. */
  readonly opened: number;
  readonly received: number;
  readonly last: bigint;
  /** Positions that were missing or came twice, in words. */
  readonly disorder: readonly string[];
  /** What it ended with, though nobody asked it to. */
  readonly errors: readonly string[];
  end(): Promise<void>;
}

/** Begins to follow at once. Whoever began it ends it. */
export function followForEver({ client }: Pick<CounterClients, 'client'>, random: Random): Followed {
  const leave = new AbortController();
  const disorder: string[] = [];
  const errors: string[] = [];
  let opened = 0;
  let received = 0;
  let last = 0n;
  const open: typeof client.follow = (request, options) => {
    opened += 1;
    return client.follow(request, options);
  };
  const run = async () => {
    const positions = resumable(
      open,
      {
        request: { locale: String(PACE_MS), message: '0' },
        position: ({ message }) => message,
        resume: (request, message) => ({ ...request, message }),
      },
      { signal: leave.signal, random },
    );
    try {
      for await (const { message } of positions) {
        const position = BigInt(message);
        if (position !== last + 1n) disorder.push(`${position} came after ${last}`);
        received += 1;
        last = position;
      }
      errors.push('a stream without end ended');
    } catch (error) {
      if (!leave.signal.aborted) errors.push(AppError.from(error).message);
    }
  };
  const running = run();
  return {
    get opened() {
      return opened;
    },
    get received() {
      return received;
    },
    get last() {
      return last;
    },
    disorder,
    errors,
    async end() {
      leave.abort();
      await running;
    },
  };
}

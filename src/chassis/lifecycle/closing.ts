import type { Clock } from '../core/index.ts';
import type { Logger } from '../telemetry/index.ts';

/** Things to close, in the reverse of the order they were opened in. */
export interface Closing {
  /** Remembers something that was opened. `maxMs` is how long its closing is waited for. */
  add(name: string, close: () => Promise<void>, maxMs?: number): void;
  /** Closes everything, whatever fails or hangs. Idempotent; never rejects. */
  close(): Promise<void>;
}

const DEFAULT_MAX_MS = 1_000;

/** Makes an empty list of things to close. */
export function createClosing(clock: Clock, logger: Logger): Closing {
  const opened: { readonly name: string; readonly close: () => Promise<void>; readonly maxMs: number }[] = [];
  let closing: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    for (const { name, close, maxMs } of opened.toReversed()) {
      const startedMs = clock.monotonicMs();
      const outcome = await bounded(close(), maxMs, clock);
      const ms = Math.round(clock.monotonicMs() - startedMs);
      if (outcome.kind === 'closed') logger.debug({ component: name, ms }, 'closed');
      else logger.warn({ component: name, ms, err: outcome.error }, 'did not close; going on');
    }
  }

  return {
    add: (name, close, maxMs = DEFAULT_MAX_MS) => {
      opened.push({ name, close, maxMs });
    },
    close: () => (closing ??= closeAll()),
  };
}

type Outcome = { readonly kind: 'closed' } | { readonly kind: 'failed'; readonly error: unknown };

function bounded(work: Promise<void>, maxMs: number, clock: Clock): Promise<Outcome> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(maxMs, () => resolve({ kind: 'failed', error: new Error(`took over ${maxMs} ms`) }));
    work
      .then(
        () => resolve({ kind: 'closed' }),
        (error: unknown) => resolve({ kind: 'failed', error }),
      )
      .finally(() => timer.cancel());
  });
}

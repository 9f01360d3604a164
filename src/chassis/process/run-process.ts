import { systemClock, type Clock } from '../core/index.ts';

/** Something that runs in a process of its own, once started. */
export interface RunningProcess {
  /** Told to a supervising parent: { type: 'ready', grpc, http }. */
  readonly grpc: string;
  readonly http: string;
  /** Ends it in order, within bounds. Idempotent. */
  stop(): Promise<void>;
}

/** What to run as a process. */
export interface ProcessOptions<Running extends RunningProcess> {
  readonly name: string;
  /** Starts it; rejects with what is wrong. The signal fires when the process is told to end before it has started. */
  start(signal: AbortSignal): Promise<Running>;
  /** An error nobody caught, before the process ends because of it. */
  onCrash?(error: unknown): void;
  readonly clock?: Clock;
}

/** Whatever happens while stopping, the process is gone after this. */
const STOP_LIMIT_MS = 8_000;

/**
 * Runs something until the process is told to end: SIGTERM, SIGINT, or a supervising parent that is gone. A second
 * signal ends it at once. Exit codes: 0 ended in order; 1 it could not start, crashed, or had to be cut short; 130 forced.
 * Takes over the process: only a command line calls it.
 */
export async function runProcess<Running extends RunningProcess>(options: ProcessOptions<Running>): Promise<Running> {
  const { name, clock = systemClock } = options;
  const starting = new AbortController();
  const isSupervised = process.connected === true;
  let running: Running | undefined;
  let stopping: Promise<void> | undefined;

  async function stop(): Promise<void> {
    clock.setTimer(STOP_LIMIT_MS, () => process.exit(1));
    starting.abort();
    await running?.stop();
    process.exit(0);
  }
  function onSignal(): void {
    if (stopping !== undefined) process.exit(130);
    stopping = stop().catch(fail);
  }
  function onOrphaned(): void {
    stopping ??= stop().catch(fail);
  }
  function fail(error: unknown): never {
    process.stderr.write(`${name}: ${describe(error)}\n`);
    process.exit(1);
  }
  function onCrash(error: unknown): never {
    options.onCrash?.(error);
    return fail(error);
  }

  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  process.on('uncaughtException', onCrash).on('unhandledRejection', onCrash);
  if (isSupervised) process.on('disconnect', onOrphaned);

  try {
    running = await options.start(starting.signal);
  } catch (error) {
    if (!starting.signal.aborted) process.stderr.write(`${name}: cannot start: ${reasonOf(error)}\n`);
    process.exit(starting.signal.aborted ? 0 : 1);
  }
  if (isSupervised) process.send?.({ type: 'ready', grpc: running.grpc, http: running.http });
  return running;
}

/** For a start that failed: what is wrong, in one line and without a stack, down to the first cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
  return error.cause instanceof Error ? `${message} (${reasonOf(error.cause)})` : message;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

import { backoffMs, type Clock, type Random } from '../chassis/core/index.ts';
import { createEmbeddedPostgres, type EmbeddedPostgres } from '../embedded/postgres/index.ts';
import type { Reporter } from './reporter.ts';

/** How a PostgreSQL server is kept. */
export interface KeptPostgresOptions {
  /** Everything of it is here, between runs too. */
  readonly directory: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Told when it ended by itself, when a start failed, and when it runs again. */
  readonly report: Reporter;
}

/** An embedded PostgreSQL that is started again, on the same port and data, whenever it ends by itself. */
export interface KeptPostgres extends AsyncDisposable {
  /** As it was started first: its host, its port and its databases stay. */
  readonly server: EmbeddedPostgres;
  /** Stops it for good. Idempotent. */
  close(): Promise<void>;
}

/** Recovery may be interrupted by the next crash, and leftovers of the last one may be in the way: both pass. */
const RESTART_BACKOFF = { baseMs: 100, maxMs: 2_000 } as const;

/** Starts it, and resolves when it accepts connections. Rejects when the first start fails: nobody stands on it yet. */
export async function keepPostgres({ directory, clock, random, report }: KeptPostgresOptions): Promise<KeptPostgres> {
  const stopping = new AbortController();
  let restarting: Promise<void> = Promise.resolve();
  let attempt = 1;

  const server = await createEmbeddedPostgres({ directory, clock, random });
  let current = server;
  watch(server);

  function watch(running: EmbeddedPostgres): void {
    running.onExit(({ signal, code }) => {
      if (stopping.signal.aborted) return;
      crashed(String(signal ?? code), 0);
      restarting = startAgain();
    });
  }

  function crashed(exit: string, restartInMs: number): void {
    report({ event: 'crashed', name: 'postgres', exit, said: '', restartInMs, log: directory });
  }

  async function startAgain(): Promise<void> {
    for (let failures = 1; !stopping.signal.aborted; failures += 1) {
      attempt += 1;
      try {
        // On the same port: the services hold its address.
        const options = { directory, clock, random, port: server.port, signal: stopping.signal };
        current = await createEmbeddedPostgres(options);
        watch(current);
        return report({ event: 'restarted', name: 'postgres', pid: current.pid, attempt });
      } catch (error) {
        if (stopping.signal.aborted) return;
        const restartInMs = backoffMs(failures, RESTART_BACKOFF, random);
        crashed(error instanceof Error ? error.message : String(error), restartInMs);
        await clock.sleep(restartInMs, stopping.signal).catch(() => undefined); // close() ends the wait
      }
    }
  }

  const close = async () => {
    stopping.abort();
    await restarting;
    await current.close();
  };
  return { server, close, [Symbol.asyncDispose]: close };
}

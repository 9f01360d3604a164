import { readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError, type Clock } from '../../chassis/core/index.ts';
import { processArguments, processIdentity } from './process-identity.ts';

/** How long each, ever ruder, request to stop is given. Source: https://www.postgresql.org/docs/18/server-shutdown.html */
const REQUESTS = [
  { signal: 'SIGINT', waitMs: 10_000 }, // fast: rolls back, checkpoints
  { signal: 'SIGQUIT', waitMs: 5_000 }, // immediate: recovers at the next start
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const satisfies readonly { signal: NodeJS.Signals; waitMs: number }[];

/** What PostgreSQL says about itself in postmaster.pid; undefined where no server runs or ran. */
export async function readPidFile(
  dataDirectory: string,
): Promise<{ readonly pid: number; readonly ready: boolean } | undefined> {
  const text = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  return { pid: Number(lines[0]), ready: lines[7]?.trim() === 'ready' }; // pg_ctl waits for this very line
}

/**
 * Stops the server that an owner which was killed left running on this data directory, and says whether there was one. A process that
 * merely got the pid of a dead server is left alone.
 */
export async function stopPreviousServer(dataDirectory: string, clock: Clock): Promise<boolean> {
  const previous = await readPidFile(dataDirectory);
  if (previous === undefined || !(previous.pid > 1)) return false;
  const identity = await processIdentity(previous.pid);
  if (identity === undefined) return false; // the server sees by itself that the file is stale
  if (!(await serves(previous.pid, dataDirectory))) {
    // It would not see that another process of this account has got the pid, as happens at every restart of a container.
    await rm(join(dataDirectory, 'postmaster.pid'), { force: true });
    return false;
  }
  await stopProcess(previous.pid, identity, clock);
  return true;
}

async function serves(pid: number, dataDirectory: string): Promise<boolean> {
  const [program = '', ...rest] = await processArguments(pid);
  if (!program.includes('postgres')) return false;
  if (rest.includes(dataDirectory) || program.includes(`-D ${dataDirectory} `)) return true;
  return (await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) === dataDirectory; // the directory was moved since
}

async function stopProcess(pid: number, identity: string, clock: Clock): Promise<void> {
  for (const { signal, waitMs } of REQUESTS) {
    const giveUpAt = clock.monotonicMs() + waitMs;
    if (!sent(pid, signal)) return;
    while (clock.monotonicMs() < giveUpAt) {
      if ((await processIdentity(pid)) !== identity) return;
      await clock.sleep(10);
    }
  }
  throw new AppError({
    status: 'FAILED_PRECONDITION',
    reason: 'DIRECTORY_IN_USE',
    message: `an earlier PostgreSQL server, process ${pid}, does not stop`,
    metadata: { pid: String(pid) },
  });
}

function sent(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

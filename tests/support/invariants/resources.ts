import { readdir } from 'node:fs/promises';

import type { TestSuite } from '../suite.ts';
import { ask } from './ask.ts';
import { openDatabases } from './databases.ts';
import type { Breach } from './world.ts';

/** What one process, or one database, holds open. */
export interface HeldOpen {
  /** "order": a process; "order database": the sessions of a database. */
  readonly holder: string;
  readonly what: 'descriptors' | 'timers' | 'sessions';
  readonly count: number;
}

/**
 * What a process may hold more than at the baseline, whatever it was asked to do: pools of ten database sessions and the
 * HTTP connections kept alive beside them fill up as calls overlap, and are kept in use by what looks for work. What
 * leaks grows with the calls, and passes that in any test of more than a few dozen orders.
 */
const ELASTIC = 24;

/** I7: nobody holds more than at the baseline and what is elastic. Holders that were not there then are not looked at. */
export function resourceBreaches(baseline: readonly HeldOpen[], now: readonly HeldOpen[]): readonly Breach[] {
  return baseline.flatMap(({ holder, what, count: before }) => {
    const count = now.find((one) => one.holder === holder && one.what === what)?.count ?? 0;
    return count > before + ELASTIC ? [`I7: ${holder} holds ${count} ${what}, ${before} before`] : [];
  });
}

/**
 * What a suite holds open now, as the kernel and PostgreSQL tell: descriptors and sockets of every process (a socket is an
 * HTTP/2 session, a database session or a listener), the timers it measures of itself, sessions of every database.
 */
export async function readResources(
  suite: Pick<TestSuite, 'home' | 'ready' | 'pid' | 'admin'>,
): Promise<readonly HeldOpen[]> {
  const processes = await Promise.all(
    suite.ready.processes.map(async ({ name }) => [
      { holder: name, what: 'descriptors' as const, count: await descriptors(suite.pid(name)) },
      ...(await timers(name, suite.admin(name))),
    ]),
  );
  await using databases = openDatabases(suite.home);
  const sessions = await databases.rows<{ readonly name: string; readonly count: number }>(
    'postgres',
    `SELECT datname AS name, count(*) AS count
     FROM pg_stat_activity
     WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
     GROUP BY datname`,
  );
  return [
    ...processes.flat(),
    ...sessions.map(({ name, count }) => ({ holder: `${name} database`, what: 'sessions' as const, count })),
  ];
}

async function descriptors(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

const TIMERS = /^nodejs_active_resources\{[^}]*type="Timeout"[^}]*\} (\d+)/m;

/** None of a process that measures nothing: the sandboxes. */
async function timers(name: string, admin: string): Promise<readonly HeldOpen[]> {
  const response = await ask(`http://${admin}/metrics`);
  const count = response.ok ? TIMERS.exec(await response.text())?.[1] : undefined;
  return count === undefined ? [] : [{ holder: name, what: 'timers', count: Number(count) }];
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { systemClock, systemRandom } from '../../../src/chassis/core/index.ts';
import { createDatabase } from '../../../src/chassis/store/index.ts';
import { keepPostgres, type KeptPostgres } from '../../../src/up/kept-postgres.ts';
import type { UpEvent } from '../../../src/up/reporter.ts';
import { eventually } from '../../support/eventually.ts';
import { postmasterPid, serverProcesses } from '../../support/postgres-processes.ts';

const CREATE = { name: 'create', text: 'CREATE TABLE kept (id int)' };
const COUNT = { name: 'count', text: 'SELECT count(*)::int AS count FROM kept' };

describe('keepPostgres', () => {
  let directory: string;
  let kept: KeptPostgres;
  let told: UpEvent[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tradewind-kept-postgres-'));
    told = [];
    const report = (event: UpEvent) => void told.push(event);
    kept = await keepPostgres({ directory, clock: systemClock, random: systemRandom, report });
  }, 60_000);
  afterEach(async () => {
    await kept.close();
    await rm(directory, { recursive: true });
  });

  const ofKind = (kind: UpEvent['event']) => told.filter(({ event }) => event === kind);

  it('starts the server again on its port and data, however often and at whatever moment it is killed', async () => {
    const url = await kept.server.ensureDatabase('kept');
    await using database = createDatabase({ url, applicationName: 'test' });
    await database.execute(CREATE);
    let killed = 0;
    let last: number | undefined;
    // Each postmaster as soon as there is one: in its recovery, most likely.
    while (killed < 4) {
      const pid = await eventually(() => newPostmaster(last), { timeoutMs: 30_000, intervalMs: 1 });
      process.kill(pid, 'SIGKILL');
      last = pid;
      killed += 1;
    }
    const count = await eventually(() => database.one(COUNT), { timeoutMs: 30_000 });
    expect(count).toEqual({ count: 0 });
    await eventually(() => expect(ofKind('restarted').at(-1)).toMatchObject({ name: 'postgres' }));
    expect(ofKind('crashed').length).toBeGreaterThanOrEqual(1);
  }, 90_000);

  it('survives the death of a session of another service, and so does the pool', async () => {
    const url = await kept.server.ensureDatabase('kept');
    await using database = createDatabase({ url, applicationName: 'test' });
    await database.execute(CREATE);
    const children = serverProcesses(kept.server.pid);
    process.kill(children.at(-1) ?? 0, 'SIGKILL');
    await eventually(() => database.one(COUNT), { timeoutMs: 30_000 });
    expect(postmasterPid(directory)).toBe(kept.server.pid);
  }, 60_000);

  function newPostmaster(last: number | undefined): number {
    const pid = postmasterPid(directory);
    if (pid === undefined || pid === last) throw new Error('no new postmaster yet');
    return pid;
  }
});

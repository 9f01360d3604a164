import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { Secret } from '../../../src/chassis/config/index.ts';
import { createDatabase, type Database } from '../../../src/chassis/store/index.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';

/** A way to the server that can be cut so that neither side hears of it, as when a host or a network is gone. */
async function startWay({ hostname, port: targetPort }: URL) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(targetPort), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    /** What is connected now says and hears nothing any more. */
    cut() {
      for (const socket of sockets) socket.unpipe();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a database whose server is cut off', () => {
  const NOW = { name: 'now', text: 'SELECT 1 AS one' };
  let test: TestDatabase;
  let way: Awaited<ReturnType<typeof startWay>>;
  let database: Database;

  beforeAll(async () => {
    test = await testDatabase();
    const url = new URL(test.url.reveal());
    way = await startWay(url);
    url.hostname = '127.0.0.1';
    url.port = String(way.port);
    const options = { applicationName: 'cut off', maxConnections: 1, statementTimeoutMs: 200, connectTimeoutMs: 6_000 };
    database = createDatabase({ url: new Secret(url.href), ...options });
  });
  afterAll(async () => {
    await way.close();
    await database.close();
    await test.close();
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a statement', () => database.one(NOW)],
    ['a beginning', () => database.transaction((tx) => tx.one(NOW))],
    [
      'a statement of a transaction',
      () =>
        database.transaction(async (tx) => {
          way.cut();
          await tx.one(NOW);
        }),
    ],
    [
      'a commit',
      () =>
        database.transaction(async (tx) => {
          await tx.one(NOW);
          way.cut();
        }),
    ],
  ])('gives %s up when no answer can come any more, and connects again', async (name, work) => {
    await database.one(NOW);
    if (name === 'a statement' || name === 'a beginning') way.cut();
    await expect(work()).rejects.toMatchObject({ status: 'UNAVAILABLE', reason: 'DATABASE_UNAVAILABLE' });
    expect(await database.one(NOW)).toEqual({ one: 1 });
  });
});

import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { EmbeddedPostgres } from '../../src/embedded/postgres/index.ts';

/** Where workers ask for a database; set before they are forked, so that they inherit it. */
export const TEST_POSTGRES_VARIABLE = 'TRADEWIND_TEST_POSTGRES';

const PREFIX = 'tradewind-test-postgres-';

/** The run's one PostgreSQL server, which starts when the first test file asks for a database. */
export interface TestPostgresServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Listens for `POST /?name=<database>`, answered with the URL of that database, made when missing. */
export async function createTestPostgresServer(): Promise<TestPostgresServer> {
  let starting: Promise<{ postgres: EmbeddedPostgres; directory: string }> | undefined;
  const broker = createServer((request, response) => {
    const name = new URL(request.url ?? '', 'http://localhost').searchParams.get('name') ?? '';
    starting ??= startServer();
    starting
      .then(({ postgres }) => postgres.ensureDatabase(name))
      .then(
        (url) => response.end(url.reveal()),
        (error: unknown) => response.writeHead(500).end(String(error instanceof Error ? error.stack : error)),
      );
  });
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  broker.unref();
  return {
    url: `http://127.0.0.1:${(broker.address() as AddressInfo).port}/`,
    async close() {
      await closeBroker(broker);
      const started = await starting?.catch(() => undefined);
      await started?.postgres.close();
      if (started) await rm(started.directory, { recursive: true, force: true });
    },
  };
}

async function startServer(): Promise<{ postgres: EmbeddedPostgres; directory: string }> {
  // Not before it is needed: a run of unit tests pays nothing.
  const { createEmbeddedPostgres } = await import('../../src/embedded/postgres/index.ts');
  const { systemClock } = await import('../../src/chassis/core/index.ts');
  await sweep(async (directory) => (await createEmbeddedPostgres({ directory, clock: systemClock })).close());
  const directory = await mkdtemp(join(tmpdir(), PREFIX));
  await chmod(directory, 0o711); // for a run by root, whose server runs as somebody else
  const postgres = await createEmbeddedPostgres({ directory: join(directory, 'server'), clock: systemClock });
  return { postgres, directory };
}

/** Ends and removes what runs that were killed left behind. Starting a directory takes it over from its dead owner only. */
async function sweep(takeOver: (directory: string) => Promise<void>): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const directory = join(tmpdir(), name);
    const owner =
      name.startsWith(PREFIX) && (await readFile(join(directory, 'server', 'owner'), 'utf8').catch(() => undefined));
    if (!owner || isAlive(Number(owner.split(' ')[0]))) continue;
    await takeOver(join(directory, 'server')).catch(() => undefined); // another run may be at it
    await rm(directory, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function closeBroker(broker: Server): Promise<void> {
  return new Promise((resolve) => {
    broker.close(() => resolve());
    broker.closeAllConnections();
  });
}

import { createClientFactory } from '../../../src/chassis/client/index.ts';
import { loadContract } from '../../../src/chassis/contract/index.ts';
import { newId, systemClock } from '../../../src/chassis/core/index.ts';
import {
  appendEvents,
  createEventService,
  createOutboxTail,
  EVENTS_MIGRATIONS,
  type EventServiceClient,
  type NewEvent,
} from '../../../src/chassis/events/index.ts';
import { EventServiceDefinition } from '../../../gen/tradewind/events/v1/event_service.ts';
import type { Instance } from '../../../src/chassis/registry/index.ts';
import { createServer } from '../../../src/chassis/server/index.ts';
import { createDatabase, migrate, type Database } from '../../../src/chassis/store/index.ts';
import { testDatabaseUrl } from '../postgres.ts';

/** A process that publishes: an outbox on a database of its own, EventService in front of it. */
export interface TestPublisher extends AsyncDisposable {
  readonly database: Database;
  /** As a registry would show it under a process's name, where it serves now. */
  instance(process: string): Instance;
  /** Writes events, in one transaction. */
  write(...events: readonly NewEvent[]): Promise<void>;
  /** A client of its EventService. */
  client(): EventServiceClient;
  /** Ends its server at once, as a kill would; `serve` starts it again, at another port. */
  cut(): Promise<void>;
  serve(): Promise<void>;
  /** Restores its database from a backup that was made at a position, and has its log go on so far beyond. Nobody else may have it open. */
  restore(position: bigint, beyond?: bigint): Promise<void>;
}

/** What a restore takes away, statement by statement. */
const RESTORE = [
  'DELETE FROM outbox WHERE position > $1',
  'UPDATE relay SET position = least(position, $1)',
  'UPDATE relay_position SET position = least(position, $1)',
];

/** Starts a publisher that serves. */
export async function startPublisher(): Promise<TestPublisher> {
  const url = await testDatabaseUrl();
  await migrate({ url, directories: [EVENTS_MIGRATIONS] });
  const database = createDatabase({ url, applicationName: 'publisher', maxConnections: 10 });
  const contract = await loadContract();
  let running: { readonly address: string; stop(): Promise<void> } | undefined;
  const clients = createClientFactory({ from: 'consumer', retry: { maxAttempts: 1 } });

  async function serve(): Promise<void> {
    const tail = createOutboxTail({ database, clock: systemClock });
    const server = createServer({
      process: 'publisher',
      services: [createEventService({ database, tail, clock: systemClock })],
      contract,
    });
    const stopping = new AbortController();
    const following = tail.run(stopping.signal);
    const port = await server.listen({ host: '127.0.0.1', port: 0 });
    server.health.set('serving');
    running = {
      address: `127.0.0.1:${port}`,
      async stop() {
        stopping.abort();
        await server.close();
        await following;
      },
    };
  }

  async function cut(): Promise<void> {
    await running?.stop();
    running = undefined;
  }

  async function restore(position: bigint, beyond = 0n): Promise<void> {
    await cut();
    for (const [index, text] of RESTORE.entries())
      await database.execute({ name: `restore-${index}`, text }, [position]);
    const goOn = { name: 'go-on', text: `SELECT setval('outbox_position_seq', $1)` };
    await database.execute(goOn, [position + beyond]);
    await serve();
  }

  await serve();
  return {
    database,
    instance: (process) => ({
      ...{ process, id: `${process}-1`, address: running?.address ?? '127.0.0.1:1' },
      ...{ weight: 100, zone: '', version: '1', startedAt: new Date(0).toISOString(), metadata: {} },
    }),
    write: (...events) => database.transaction((tx) => appendEvents(tx, events)),
    client: () => clients.client(EventServiceDefinition, `static:///${running?.address ?? '127.0.0.1:1'}`),
    cut,
    serve,
    restore,
    async [Symbol.asyncDispose]() {
      await clients.close();
      await cut();
      await database.close();
    },
  };
}

/** Events of some aggregates, each of which counts its own from 1: "thing.moved" with the number as data. */
export function eventSource(prefix: string = newId()) {
  const sequences = new Map<string, bigint>();
  return (aggregate: string, type = 'thing.moved'): NewEvent => {
    const aggregateId = `${prefix}-${aggregate}`;
    const sequence = (sequences.get(aggregateId) ?? 0n) + 1n;
    sequences.set(aggregateId, sequence);
    return { aggregateType: 'thing', aggregateId, sequence, type, payload: { number: Number(sequence) } };
  };
}

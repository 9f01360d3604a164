import { newId } from '../../../src/chassis/core/index.ts';
import { appendEvents, EVENTS_MIGRATIONS, type NewEvent } from '../../../src/chassis/events/index.ts';
import { defineService, startService } from '../../../src/chassis/lifecycle/index.ts';
import { createStaticRegistry } from '../../../src/chassis/registry/index.ts';
import type { Database } from '../../../src/chassis/store/index.ts';
import { notMine, type SideProgram } from './side-program.ts';
import { createWriteLoad } from './write-load.ts';

/** Each event is of an order of its own, and as large as "order.confirmed" with two lines. */
const PAYLOAD = {
  order_id: newId(),
  user_id: newId(),
  currency_code: 'EUR',
  total: { currency_code: 'EUR', units: '127', nanos: 470_000_000 },
  lines: ['KETTLE', 'TEAPOT'].map((sku) => ({ product_id: newId(), sku, name: `A fine ${sku}`, quantity: 2 })),
};

/** The publishing service: an outbox, its EventService, and the relay where there is a broker. */
export async function openTeller(environment: NodeJS.ProcessEnv): Promise<SideProgram> {
  let database: Database | undefined;
  const service = await startService(
    defineService({
      name: 'teller',
      migrations: [EVENTS_MIGRATIONS],
      async wire(context) {
        database = context.database;
        return { grpc: [] };
      },
    }),
    environment,
    { registry: createStaticRegistry([]) },
  );
  const load = createWriteLoad(async (count) => {
    const events = Array.from({ length: count }, newEvent);
    await database?.transaction((tx) => appendEvents(tx, events));
  });
  return {
    ready: service.grpc,
    async answer(request) {
      if (request.kind === 'write') return load.upTo(request.upTo);
      if (request.kind === 'pace') return load.pace(request.perSecond, request.durationMs);
      throw notMine(request.kind);
    },
    stop: () => service.stop(),
  };
}

function newEvent(): NewEvent {
  return { aggregateType: 'order', aggregateId: newId(), sequence: 1n, type: 'order.confirmed', payload: PAYLOAD };
}

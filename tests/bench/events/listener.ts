import { defineConsumer, EVENTS_MIGRATIONS, eventType } from '../../../src/chassis/events/index.ts';
import { OrderConfirmed } from '../../../gen/tradewind/order/v1/events.ts';
import { defineService, startService } from '../../../src/chassis/lifecycle/index.ts';
import { createStaticRegistry } from '../../../src/chassis/registry/index.ts';
import type { Statement } from '../../../src/chassis/store/index.ts';
import { createDelayRecord } from './delay-record.ts';
import { notMine, type SideProgram } from './side-program.ts';

const orderConfirmed = eventType('order.confirmed', {
  schema: 'tradewind.order.v1.OrderConfirmed',
  message: OrderConfirmed,
});

/** The effect: a row an event, in the consumer's own table. */
const COUNT: Statement = {
  name: 'count-sales',
  text: `INSERT INTO sale (event_id, order_id, pieces)
    SELECT e.event_id, e.order_id, e.pieces
    FROM jsonb_to_recordset($1::jsonb) AS e (event_id uuid, order_id uuid, pieces integer)`,
};

/** The consuming service, one member that has all partitions. */
export async function openListener(environment: NodeJS.ProcessEnv): Promise<SideProgram> {
  const delays = createDelayRecord();
  let handled = 0;
  /** Times of the events whose effect is about to be committed. */
  let pending: readonly Date[] = [];
  const onCommit = () => {
    const now = Date.now();
    for (const time of pending) delays.add(now - time.getTime());
    handled += pending.length;
    pending = [];
  };
  const teller = {
    ...{ process: 'teller', id: 'teller-1', address: environment['TELLER'] ?? '' },
    ...{ weight: 100, zone: 'local', version: 'bench', startedAt: new Date(0).toISOString(), metadata: {} },
  };
  const consumer = defineConsumer({
    name: 'listener',
    source: 'teller',
    many: {
      types: [orderConfirmed],
      async handle(events, { tx }) {
        const rows = events.map(({ id, data }) => ({
          event_id: id,
          order_id: (data as OrderConfirmed).orderId,
          pieces: (data as OrderConfirmed).lines.reduce((sum, { quantity }) => sum + quantity, 0),
        }));
        await tx.execute(COUNT, [JSON.stringify(rows)]);
        pending = events.map(({ time }) => time);
      },
    },
  });
  const service = await startService(
    defineService({
      name: 'listener',
      migrations: [EVENTS_MIGRATIONS, new URL('./migrations/', import.meta.url)],
      async wire({ database }) {
        database.events.on('statement', ({ name, outcome }) => {
          if (name === 'COMMIT' && outcome === 'ok') onCommit();
        });
        return { grpc: [], consumers: [consumer] };
      },
    }),
    environment,
    { registry: createStaticRegistry([teller]) },
  );
  return {
    ready: undefined,
    async answer(request) {
      if (request.kind === 'handled') return handled;
      if (request.kind === 'delays') return delays.take();
      throw notMine(request.kind);
    },
    stop: () => service.stop(),
  };
}

import { inspect } from 'node:util';

import {
  OrderServiceDefinition,
  type OrderEvent,
  type PlaceOrderRequest,
} from '../../../gen/tradewind/order/v1/order.ts';
import { ReadModelServiceDefinition } from '../../../gen/tradewind/order/v1/read_model.ts';
import { SagaServiceDefinition } from '../../../gen/tradewind/order/v1/saga.ts';
import { createClientFactory } from '../../../src/chassis/client/index.ts';
import { newId, type Principal } from '../../../src/chassis/core/index.ts';
import { startService, type RunningService } from '../../../src/chassis/lifecycle/index.ts';
import type { Registry } from '../../../src/chassis/registry/index.ts';
import { createDatabase } from '../../../src/chassis/store/index.ts';
import { orderService } from '../../../src/services/order/service.ts';
import { testDatabaseUrl } from '../../support/postgres.ts';
import { KETTLE, MUG, startNeighbours } from './neighbours.ts';

/** The order process, its neighbours, and clients of it. */
export async function openShop(given?: { readonly registry: Registry }) {
  const neighbours = await startNeighbours();
  const registry = given?.registry ?? neighbours.registry;
  const url = await testDatabaseUrl();
  const database = createDatabase({ url, applicationName: 'test', maxConnections: 2 });
  const processes: RunningService[] = [];
  const clients = createClientFactory({ from: 'test' });

  const environment = {
    LOG_LEVEL: 'fatal',
    DATABASE_URL: url.reveal(),
    SHUTDOWN_GRACE_MS: '0',
    DRAIN_TIMEOUT_MS: '1000',
  };

  async function startProcess(instance: string) {
    const service = await startService(
      orderService,
      { ...environment, INSTANCE_ID: instance, PAGE_TOKEN_SECRET: 'a secret of this test run' },
      { registry, authentication: () => async (token) => JSON.parse(atob(token)) as Principal },
    );
    processes.push(service);
    const target = `static:///${service.grpc}`;
    return {
      service,
      orders: clients.client(OrderServiceDefinition, target),
      sagas: clients.client(SagaServiceDefinition, target),
      readModels: clients.client(ReadModelServiceDefinition, target),
    };
  }

  const first = await startProcess('order-1');
  return {
    ...first,
    neighbours,
    database,
    startProcess,
    async close() {
      await clients.close();
      await Promise.all(processes.map((one) => one.stop()));
      await database.close();
      await neighbours.close();
    },
    /** Everything that happened to an order until it settles; after 15 s it fails with what happened so far. */
    async watch(orderId: string, afterPosition = 0n): Promise<readonly OrderEvent[]> {
      const events: OrderEvent[] = [];
      const tooLong = AbortSignal.timeout(15_000);
      try {
        const stream = first.orders.watchOrder({ orderId, afterPosition }, { signal: tooLong });
        for await (const { event } of stream) if (event) events.push(event);
      } catch (error) {
        if (!tooLong.aborted) throw error;
        const { order } = await first.orders.getOrder({ orderId });
        const { saga, history } = await first.sagas.getSaga({ sagaId: order?.sagaId ?? '' });
        throw new Error(`not settled: ${inspect({ events, saga, history }, { depth: 5 })}`, { cause: error });
      }
      return events;
    },
  };
}

/** A bearer token as this shop's processes take it. */
export function tokenOf(userId: string, role = 'customer'): string {
  return btoa(JSON.stringify({ userId, roles: [role] }));
}

export const ADA = '01890000-0000-7000-8000-0000000000ad';

/** Three kettles and a mug for Ada: EUR 127.47. */
export function cart(rest: Partial<PlaceOrderRequest> = {}): PlaceOrderRequest {
  return {
    requestId: newId(),
    userId: ADA,
    lines: [
      { productId: KETTLE, quantity: 3 },
      { productId: MUG, quantity: 1 },
    ],
    shippingAddress: {
      recipient: 'Ada',
      lines: ['1 Main Street'],
      city: 'Berlin',
      postalCode: '10115',
      region: '',
      countryCode: 'DE',
    },
    paymentMethodId: newId(),
    currencyCode: 'EUR',
    expectedTotal: undefined,
    ...rest,
  };
}

/** "STEP_SUCCEEDED confirm", "STATE_CHANGED CANCELLED OUT_OF_STOCK settled". */
export function tell(events: readonly OrderEvent[], names: { kinds: object; states: object }): readonly string[] {
  const name = (table: object, value: number) =>
    (Object.entries(table).find(([, number]) => number === value)?.[0] ?? '').replace(/^ORDER_(EVENT_KIND|STATE)_/, '');
  return events.map(({ kind, state, step, reason, settled }) => {
    const what = name(names.kinds, kind);
    return [what, what === 'STATE_CHANGED' ? name(names.states, state) : step, reason, settled ? 'settled' : '']
      .filter((part) => part !== '')
      .join(' ');
  });
}

import { LoyaltyServiceDefinition } from '../../../gen/tradewind/loyalty/v1/loyalty.ts';
import { NotificationServiceDefinition } from '../../../gen/tradewind/notification/v1/notification.ts';
import { PaymentServiceDefinition } from '../../../gen/tradewind/payment/v1/payment.ts';
import { InventoryServiceDefinition } from '../../../gen/tradewind/product/v1/inventory.ts';
import { ProductServiceDefinition, ProductState } from '../../../gen/tradewind/product/v1/product.ts';
import { ShipmentState, ShippingServiceDefinition } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { UserServiceDefinition } from '../../../gen/tradewind/user/v1/user.ts';
import { loadContract } from '../../../src/chassis/contract/index.ts';
import { AppError, type ErrorStatus, type Principal } from '../../../src/chassis/core/index.ts';
import { createStaticRegistry } from '../../../src/chassis/registry/index.ts';
import type { Instance, Registry } from '../../../src/chassis/registry/index.ts';
import { bind, createServer, type Server, type ServiceBinding } from '../../../src/chassis/server/index.ts';

export const KETTLE = '01890000-0000-7000-8000-00000000000a';
export const MUG = '01890000-0000-7000-8000-00000000000b';
export const RETIRED = '01890000-0000-7000-8000-00000000000c';

/** A command as a neighbour received it. */
export interface ReceivedCommand {
  readonly method: string;
  readonly requestId: string;
  readonly request: Readonly<Record<string, unknown>>;
}

/**
 * Neighbours at the contracts, over real gRPC, with as much memory as the order process can notice: which stock is held,
 * what is charged, what is on its way. A test decides how a method answers; what it does not decide succeeds.
 */
export interface Neighbours {
  readonly registry: Registry;
  /** host:port */
  readonly address: string;
  readonly commands: readonly ReceivedCommand[];
  /** Methods of commands that carried the order's id or one of its keys, in order. */
  methodsOf(order: { readonly id: string; readonly sagaId: string }): readonly string[];
  /** Answers a method before it has its effect: throw to refuse. Lasts until the next reset. */
  script(method: string, answer: (request: Record<string, unknown>, nth: number) => unknown): void;
  readonly shipments: Map<string, ShipmentState>;
  reset(): void;
  close(): Promise<void>;
}

export function refusal(status: ErrorStatus, reason: string, domain: string): AppError {
  return new AppError({ status, reason, message: reason.toLowerCase().replaceAll('_', ' '), domain });
}

/** A process that a registry knows. */
export function instanceAt(process: string, address: string): Instance {
  const startedAt = new Date(0).toISOString();
  return { process, id: `${process}-1`, address, weight: 100, zone: 'local', version: 'test', startedAt, metadata: {} };
}

/** Serves some methods of a service; the others are UNIMPLEMENTED. */
function standIn(definition: Parameters<typeof bind>[0], methods: Readonly<Record<string, unknown>>): ServiceBinding {
  const absent = () => Promise.reject(new AppError({ status: 'UNIMPLEMENTED', reason: 'ABSENT', message: 'absent' }));
  const names = Object.keys(definition.methods);
  return bind(definition, Object.fromEntries(names.map((name) => [name, methods[name] ?? absent])) as never);
}

export async function startNeighbours(): Promise<Neighbours> {
  const commands: ReceivedCommand[] = [];
  const scripts = new Map<string, (request: Record<string, unknown>, nth: number) => unknown>();
  const shipments = new Map<string, ShipmentState>();
  const ids = new Map<string, string>();
  const idOf = (key: string) => {
    if (!ids.has(key)) ids.set(key, crypto.randomUUID());
    return ids.get(key) as string;
  };
  const money = (units: bigint, nanos: number) => ({ currencyCode: 'EUR', units, nanos });
  const catalogue = [
    {
      id: KETTLE,
      sku: 'KETTLE',
      name: 'Kettle',
      price: money(39n, 990_000_000),
      state: ProductState.PRODUCT_STATE_ACTIVE,
    },
    { id: MUG, sku: 'MUG', name: 'Mug', price: money(7n, 500_000_000), state: ProductState.PRODUCT_STATE_ACTIVE },
    { id: RETIRED, sku: 'OLD', name: 'Old', price: money(1n, 0), state: ProductState.PRODUCT_STATE_DISCONTINUED },
  ];

  /** A command: noted, then answered as the test says, then carried out. */
  function command<Request extends { requestId: string }, Response>(
    method: string,
    effect: (request: Request) => Response,
  ): (request: Request) => Promise<Response> {
    return async (request) => {
      commands.push({ method, requestId: request.requestId, request: { ...request } });
      const nth = commands.filter((one) => one.method === method && one.requestId === request.requestId).length;
      await scripts.get(method)?.({ ...request }, nth);
      return effect(request);
    };
  }

  const bindings = [
    standIn(UserServiceDefinition, {
      async getUser({ userId }: { userId: string }) {
        await scripts.get('getUser')?.({ userId }, 1);
        return { user: { id: userId, email: `${userId}@example.com`, displayName: 'Ada' } };
      },
    }),
    standIn(ProductServiceDefinition, {
      async batchGetProducts({ productIds }: { productIds: string[] }) {
        await scripts.get('batchGetProducts')?.({ productIds }, 1);
        return { products: catalogue.filter(({ id }) => productIds.includes(id)) };
      },
    }),
    standIn(InventoryServiceDefinition, {
      reserveStock: command('reserveStock', ({ reservationId }: { requestId: string; reservationId: string }) => ({
        reservation: { id: reservationId },
      })),
      commitReservation: command('commitReservation', () => ({ reservation: {} })),
      releaseReservation: command('releaseReservation', () => ({ reservation: {} })),
      returnStock: command('returnStock', () => ({ reservation: {} })),
    }),
    standIn(PaymentServiceDefinition, {
      authorizePayment: command('authorizePayment', ({ requestId }) => ({ payment: { id: idOf(requestId) } })),
      voidPayment: command('voidPayment', () => ({})),
      capturePayment: command('capturePayment', () => ({ payment: {} })),
      refundPayment: command('refundPayment', () => ({ payment: {} })),
    }),
    standIn(ShippingServiceDefinition, {
      arrangeShipment: command('arrangeShipment', ({ requestId }) => {
        shipments.set(idOf(requestId), ShipmentState.SHIPMENT_STATE_ARRANGED);
        return { shipment: { id: idOf(requestId) } };
      }),
      amendShipment: command('amendShipment', () => ({ shipment: {} })),
      cancelShipment: command('cancelShipment', () => ({})),
      async getShipment({ shipmentId }: { shipmentId: string }) {
        return { shipment: { id: shipmentId, state: shipments.get(shipmentId) } };
      },
    }),
    standIn(NotificationServiceDefinition, {
      sendNotification: command('sendNotification', () => ({ notification: {} })),
    }),
    standIn(LoyaltyServiceDefinition, {
      awardPoints: command('awardPoints', ({ points }: { requestId: string; points: bigint }) => ({
        entry: { points },
      })),
      revokePoints: command('revokePoints', ({ points }: { requestId: string; points: bigint }) => ({
        entries: [{ points: -points }],
      })),
    }),
  ];
  const server: Server = createServer({
    process: 'neighbours',
    services: bindings,
    verify: async (token) => JSON.parse(atob(token)) as Principal, // as the shop's processes take it
    contract: await loadContract(),
  });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  server.health.set('serving');
  const address = `127.0.0.1:${port}`;
  const registry = createStaticRegistry(
    ['user', 'product', 'payment', 'shipping', 'notification', 'loyalty'].map((process) =>
      instanceAt(process, address),
    ),
  );
  return {
    registry,
    address,
    commands,
    methodsOf: ({ id, sagaId }) =>
      commands
        .filter(
          ({ requestId, request }) =>
            requestId.startsWith(sagaId) || request['orderId'] === id || request['reservationId'] === id,
        )
        .map(({ method }) => method),
    script: (method, answer) => scripts.set(method, answer),
    shipments,
    reset() {
      scripts.clear();
      commands.length = 0;
    },
    close: () => server.close(),
  };
}

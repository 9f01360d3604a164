import { LoyaltyServiceDefinition } from '../../gen/tradewind/loyalty/v1/loyalty.ts';
import { NotificationServiceDefinition } from '../../gen/tradewind/notification/v1/notification.ts';
import {
  OrderEventKind,
  OrderServiceDefinition,
  OrderState,
  type OrderEvent,
} from '../../gen/tradewind/order/v1/order.ts';
import { ShippingServiceDefinition } from '../../gen/tradewind/shipping/v1/shipping.ts';
import { resumable, type ClientFactory } from '../chassis/client/index.ts';
import { newId, type Clock } from '../chassis/core/index.ts';
import { DEMO_ADDRESS, type Seed } from './seed.ts';

/** How the first order went. Times count from PlaceOrder. */
export interface FirstOrder {
  readonly orderId: string;
  /** "CONFIRMED" or "CANCELLED". */
  readonly state: string;
  /** Until the order was CONFIRMED (or CANCELLED). */
  readonly ms: number;
}

/** Long enough for a busy machine; a checkout takes well under a second. */
const FIRST_ORDER_TIMEOUT_MS = 60_000;

/** Places an order as a customer would, tells each step as it happens, and looks at what it left behind. */
export async function placeFirstOrder(options: {
  readonly clients: ClientFactory;
  readonly seed: Seed;
  readonly clock: Clock;
  readonly onStep: (text: string, atMs: number) => void;
}): Promise<FirstOrder> {
  const { clients, seed, clock, onStep } = options;
  const orders = clients.client(OrderServiceDefinition, 'etcd:///order');
  const startedAt = clock.monotonicMs();
  const elapsed = () => clock.monotonicMs() - startedAt;

  const { order } = await orders.placeOrder({
    requestId: newId(),
    userId: seed.userId,
    lines: [...seed.cart],
    shippingAddress: DEMO_ADDRESS,
    paymentMethodId: seed.paymentMethodId,
    currencyCode: 'EUR',
    expectedTotal: undefined,
  });
  if (order === undefined) throw new Error('PlaceOrder answered without an order');
  const total = order.total === undefined ? '' : formatMoney(order.total);
  onStep(`placed: ${order.lines.length} products from the cart, ${total}`, elapsed());

  let decided: { state: string; ms: number } | undefined;
  const watch = resumable(
    orders.watchOrder,
    {
      request: { orderId: order.id, afterPosition: 0n },
      position: ({ event }) => event?.position,
      resume: (request, afterPosition: bigint) => ({ ...request, afterPosition }),
    },
    { timeoutMs: FIRST_ORDER_TIMEOUT_MS },
  );
  for await (const { event } of watch) {
    if (event === undefined) continue;
    const text = describe(event);
    if (text !== undefined) onStep(text, elapsed());
    const state = finalState(event);
    if (state !== undefined && decided === undefined) decided = { state, ms: elapsed() };
    if (event.settled) break;
  }
  if (decided === undefined) throw new Error(`order ${order.id} was neither confirmed nor cancelled`);
  if (decided.state === 'CONFIRMED')
    await tellAftermath(clients, order.id, seed.userId, (text) => onStep(text, elapsed()));
  return { orderId: order.id, ...decided };
}

async function tellAftermath(
  clients: ClientFactory,
  orderId: string,
  userId: string,
  say: (text: string) => void,
): Promise<void> {
  const [shipments, notifications, balance] = await Promise.all([
    clients.client(ShippingServiceDefinition, 'etcd:///shipping').listShipments({ orderId }),
    clients.client(NotificationServiceDefinition, 'etcd:///notification').listNotifications({ orderId }),
    clients.client(LoyaltyServiceDefinition, 'etcd:///loyalty').getBalance({ userId }),
  ]);
  const shipment = shipments.shipments[0];
  const notification = notifications.notifications[0];
  say(`shipped: tracking number ${shipment?.trackingNumber ?? 'none yet'}`);
  say(`notified: "${notification?.subject ?? ''}" to ${notification?.recipient ?? ''}`);
  say(`rewarded: ${balance.balance?.points ?? 0n} points in all`);
}

function finalState(event: OrderEvent): string | undefined {
  if (event.kind !== OrderEventKind.ORDER_EVENT_KIND_STATE_CHANGED) return undefined;
  if (event.state === OrderState.ORDER_STATE_CONFIRMED) return 'CONFIRMED';
  if (event.state === OrderState.ORDER_STATE_CANCELLED) return 'CANCELLED';
  return undefined;
}

function describe(event: OrderEvent): string | undefined {
  const why = event.reason === '' ? '' : ` (${event.reason}: ${event.message})`;
  switch (event.kind) {
    case OrderEventKind.ORDER_EVENT_KIND_STATE_CHANGED:
      return `order is ${stateName(event.state)}${why}`;
    case OrderEventKind.ORDER_EVENT_KIND_STEP_SUCCEEDED:
      return `${event.step} done`;
    case OrderEventKind.ORDER_EVENT_KIND_STEP_RETRYING:
      return `${event.step} will be tried again${why}`;
    case OrderEventKind.ORDER_EVENT_KIND_STEP_FAILED:
      return `${event.step} failed${why}`;
    case OrderEventKind.ORDER_EVENT_KIND_STEP_UNDONE:
      return `${event.step} undone`;
    default:
      return undefined;
  }
}

function stateName(state: OrderState): string {
  const entry = Object.entries(OrderState).find(([, value]) => value === state);
  return entry?.[0].replace('ORDER_STATE_', '') ?? String(state);
}

function formatMoney(money: { readonly units: bigint; readonly nanos: number; readonly currencyCode: string }): string {
  return `${money.units}.${String(Math.trunc(money.nanos / 10_000_000)).padStart(2, '0')} ${money.currencyCode}`;
}

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Metadata } from 'nice-grpc';

import { OrderEventKind, OrderState } from '../../../gen/tradewind/order/v1/order.ts';
import { SagaHistoryKind, SagaState, SagaStepState } from '../../../gen/tradewind/order/v1/saga.ts';
import { ShipmentState } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { eventually } from '../../support/eventually.ts';
import { refusal } from './neighbours.ts';
import { ADA, cart, openShop, tell as tellAll, tokenOf } from './shop.ts';

let shop: Awaited<ReturnType<typeof openShop>>;

beforeAll(async () => {
  shop = await openShop();
});
afterEach(() => shop.neighbours.reset());
afterAll(() => shop.close());

const tell = (events: Parameters<typeof tellAll>[0]) => tellAll(events, { kinds: OrderEventKind, states: OrderState });
const asAda = { metadata: Metadata({ authorization: `Bearer ${tokenOf(ADA)}` }) };

async function place() {
  const { order } = await shop.orders.placeOrder(cart());
  if (order === undefined) throw new Error('no order');
  return order;
}

/** A command of the neighbours that waits until it is let go. */
function hold(method: string) {
  let letGo: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => (letGo = resolve));
  shop.neighbours.script(method, () => waiting);
  return {
    reached: () => eventually(() => expect(shop.neighbours.commands.map((one) => one.method)).toContain(method)),
    letGo,
  };
}

describe('CancelOrder', () => {
  it('undoes a pending order, the step under way included', async () => {
    const authorization = hold('authorizePayment');
    const placed = await place();
    await authorization.reached();

    const { order } = await shop.orders.cancelOrder({ orderId: placed.id, reason: 'wrong size' }, asAda);
    expect(order).toMatchObject({
      state: OrderState.ORDER_STATE_CANCELLING,
      cancellation: { reason: 'CANCELLED_BY_CUSTOMER', message: 'wrong size', step: '' },
    });
    authorization.letGo();
    const told = tell(await shop.watch(placed.id));

    expect(told.at(-1)).toBe('STATE_CHANGED CANCELLED CANCELLED_BY_CUSTOMER settled');
    expect(shop.neighbours.methodsOf(placed)).toEqual([
      'reserveStock',
      'authorizePayment',
      'cancelShipment', // its worker might have been there already, ahead of the log
      'voidPayment',
      'releaseReservation',
    ]);
    const again = await shop.orders.cancelOrder({ orderId: placed.id, etag: 'v1' }, asAda);
    expect(again.order?.state).toBe(OrderState.ORDER_STATE_CANCELLED);
  });

  it('is refused while the payment is being captured', async () => {
    const capture = hold('capturePayment');
    const placed = await place();
    await capture.reached();
    await expect(shop.orders.cancelOrder({ orderId: placed.id })).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'ORDER_BEING_CONFIRMED',
    });
    capture.letGo();
    expect(tell(await shop.watch(placed.id))).toContain('STATE_CHANGED CONFIRMED');
  });

  it('gives everything back of a confirmed order', async () => {
    const placed = await place();
    const confirmed = await shop.watch(placed.id);
    const before = shop.neighbours.commands.length;

    await shop.orders.cancelOrder({ orderId: placed.id });
    const told = tell(await shop.watch(placed.id, BigInt(confirmed.length)));

    expect(told[0]).toBe('STATE_CHANGED CANCELLING CANCELLED_BY_OPERATOR');
    expect(told.at(-1)).toBe('STATE_CHANGED CANCELLED CANCELLED_BY_OPERATOR settled');
    const { order } = await shop.orders.getOrder({ orderId: placed.id });
    expect(order).toMatchObject({ state: OrderState.ORDER_STATE_CANCELLED, cancelTime: expect.any(Date) });
    expect(order?.sagaId).not.toBe(placed.sagaId);
    expect(shop.neighbours.commands.slice(before).map(({ method }) => method)).toEqual([
      'cancelShipment',
      'refundPayment',
      'releaseReservation',
      'revokePoints',
      'sendNotification',
    ]);
    expect(shop.neighbours.commands.at(-3)?.request).toMatchObject({ returnCommitted: true });
  });

  it('is refused when the parcel has left, known before or found out on the way', async () => {
    const placed = await place();
    const confirmed = await shop.watch(placed.id);
    const { order } = await shop.orders.getOrder({ orderId: placed.id });
    shop.neighbours.shipments.set(order?.shipmentId ?? '', ShipmentState.SHIPMENT_STATE_IN_TRANSIT);
    await expect(shop.orders.cancelOrder({ orderId: placed.id })).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'ORDER_NOT_CANCELLABLE',
    });

    shop.neighbours.shipments.set(order?.shipmentId ?? '', ShipmentState.SHIPMENT_STATE_ARRANGED);
    shop.neighbours.script('cancelShipment', () => {
      throw refusal('FAILED_PRECONDITION', 'SHIPMENT_STATE_CONFLICT', 'shipping.tradewind');
    });
    await shop.orders.cancelOrder({ orderId: placed.id });
    const told = tell(await shop.watch(placed.id, BigInt(confirmed.length)));
    expect(told.at(-1)).toBe('STATE_CHANGED CONFIRMED ORDER_NOT_CANCELLABLE settled');
    expect(shop.neighbours.commands.map(({ method }) => method)).not.toContain('refundPayment');
  });

  it('holds an etag against what changed since', async () => {
    const placed = await place();
    await shop.watch(placed.id);
    await expect(shop.orders.cancelOrder({ orderId: placed.id, etag: placed.etag })).rejects.toMatchObject({
      status: 'ABORTED',
      reason: 'ETAG_MISMATCH',
    });
  });
});

describe('SagaService', () => {
  it('shows a stuck saga, lets an operator skip its step, and writes down who did it', async () => {
    shop.neighbours.script('sendNotification', () => {
      throw refusal('UNAVAILABLE', 'MAIL_DOWN', 'notification.tradewind');
    });
    const { id, sagaId } = await place();
    await eventually(async () => {
      const { saga } = await shop.sagas.getSaga({ sagaId });
      expect(saga?.steps.find(({ name }) => name === 'notify')).toMatchObject({
        state: SagaStepState.SAGA_STEP_STATE_RUNNING,
        lastError: { status: 'UNAVAILABLE', reason: 'MAIL_DOWN', domain: 'notification.tradewind' },
      });
    });

    await shop.sagas.parkSaga({ sagaId, reason: 'look at it' });
    const { sagas } = await shop.sagas.listSagas({ states: [SagaState.SAGA_STATE_PARKED] });
    expect(sagas).toMatchObject([
      { id: sagaId, name: 'checkout', orderId: id, currentStep: 'notify', reason: 'PARKED_BY_OPERATOR' },
    ]);
    await expect(shop.sagas.compensateSaga({ sagaId, reason: 'undo' })).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'SAGA_PAST_PIVOT',
    });
    await expect(shop.sagas.skipStep({ sagaId, step: 'award-points', reason: 'x' })).rejects.toMatchObject({
      reason: 'STEP_NOT_SKIPPABLE',
    });
    await shop.sagas.skipStep({ sagaId, step: 'notify', reason: 'told by phone' });
    await shop.sagas.resumeSaga({ sagaId });
    const told = tell(await shop.watch(id));

    expect(told).toEqual(
      expect.arrayContaining([
        'STEP_RETRYING notify STEP_UNAVAILABLE',
        'PARKED notify PARKED_BY_OPERATOR',
        'STEP_SKIPPED notify SKIPPED_BY_OPERATOR',
        'STEP_SUCCEEDED award-points settled',
      ]),
    );
    const { saga, history } = await shop.sagas.getSaga({ sagaId });
    expect(saga?.state).toBe(SagaState.SAGA_STATE_COMPLETED);
    expect(saga?.steps.map(({ name, state }) => [name, state])).toEqual([
      ...['reserve-stock', 'authorize-payment', 'arrange-shipment', 'capture-payment', 'confirm'].map((name) => [
        name,
        SagaStepState.SAGA_STEP_STATE_SUCCEEDED,
      ]),
      ['notify', SagaStepState.SAGA_STEP_STATE_SKIPPED],
      ['award-points', SagaStepState.SAGA_STEP_STATE_SUCCEEDED],
    ]);
    const skipped = history.find(({ kind }) => kind === SagaHistoryKind.SAGA_HISTORY_KIND_STEP_SKIPPED);
    expect(skipped).toMatchObject({ actor: 'internal', note: 'told by phone', step: 'notify' });
    await expect(shop.sagas.retrySaga({ sagaId })).rejects.toMatchObject({ reason: 'SAGA_FINISHED' });
  });

  it('streams what happens to sagas, after one snapshot of each that is not over', async () => {
    const authorization = hold('authorizePayment');
    const { id, sagaId } = await place();
    await authorization.reached();
    const stop = new AbortController();
    const kinds: SagaHistoryKind[] = [];
    const positions: bigint[] = [];
    const watching = (async () => {
      for await (const { entry, saga } of shop.sagas.watchSagas({ orderId: id }, { signal: stop.signal })) {
        expect(saga?.id).toBe(sagaId);
        kinds.push(entry?.kind ?? 0);
        positions.push(entry?.position ?? 0n);
        if (entry?.kind === SagaHistoryKind.SAGA_HISTORY_KIND_FINISHED) return;
      }
    })();
    // What led to the step that is under way may follow: it is written a moment later.
    await eventually(() => expect(kinds[0]).toBe(SagaHistoryKind.SAGA_HISTORY_KIND_SNAPSHOT));
    authorization.letGo();
    await watching;
    stop.abort();

    const { history } = await shop.sagas.getSaga({ sagaId });
    const after = history.filter(({ position }) => position > (positions[0] ?? 0n));
    expect(kinds.slice(1)).toEqual(after.map(({ kind }) => kind));
    expect(positions.slice(1)).toEqual(after.map(({ position }) => position));
  });
});

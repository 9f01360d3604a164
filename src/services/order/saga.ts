import { ServiceLevel } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { defineSaga, type SagaDefinition, type StepContext } from '../../chassis/saga/index.ts';
import type { OrderClients } from './clients.ts';
import { toProtoAddress } from './convert.ts';
import { CONFIRMING_STEP, isNothing, REFUNDING_STEP } from './domain.ts';
import { awardPoints, notifyCustomer, refund } from './saga-steps.ts';
import { totalOf, type CancellationInput, type CheckoutOutputs, type OrderSagaInput } from './saga-input.ts';

type Context = StepContext<OrderSagaInput, CheckoutOutputs>;

/**
 * How long an order's stock is held, the most that is allowed. A checkout gives it back itself, so the end only matters
 * when the order process is gone for good; a capture has no deadline, and what it paid for must still be there then.
 */
const RESERVATION_SECONDS = 24 * 60 * 60;

/** A participant that is started again is sat out, a quarter of a minute; one that stays away costs the order. */
const TRY_RETRY = { maxAttempts: 20 } as const;

/** Tries at undoing a step: a minute's outage is sat out without a person. Then the order's saga is parked. */
export const UNDO_ATTEMPTS = 60;

/** How long a checkout may take before the payment is captured, where nothing else is configured. */
export const CHECKOUT_DEADLINE_MS = 2 * 60_000;

const UNDO_REASON = 'the checkout was given up';

/**
 * The checkout, from a kept order to a rewarded customer. Everything before the capture can be undone; from the capture
 * on it only goes forward. A change of steps is a new version beside this one, until no old saga is left.
 */
export function defineCheckout(
  clients: OrderClients,
  {
    undoAttempts = UNDO_ATTEMPTS,
    deadlineMs = CHECKOUT_DEADLINE_MS,
  }: { readonly undoAttempts?: number; readonly deadlineMs?: number } = {},
): SagaDefinition<OrderSagaInput> {
  const compensationRetry = { maxAttempts: undoAttempts };
  const { inventory, payments, shipping } = clients;
  return defineSaga<OrderSagaInput, CheckoutOutputs>({
    name: 'checkout',
    subject: 'orderId',
    version: 1,
    deadlineMs,
    steps: [
      {
        name: 'reserve-stock',
        kind: 'compensatable',
        retry: TRY_RETRY,
        compensationRetry,
        async run({ key, input, signal }: Context) {
          const { reservation } = await inventory.reserveStock(
            {
              requestId: key,
              reservationId: input.orderId,
              lines: [...input.lines],
              ttlSeconds: RESERVATION_SECONDS,
            },
            { signal },
          );
          return { reservationId: reservation?.id ?? input.orderId };
        },
        async compensate({ key, input, signal }) {
          await inventory.releaseReservation(
            { requestId: key, reservationId: input.orderId, reason: UNDO_REASON },
            { signal },
          );
        },
      },
      {
        name: 'authorize-payment',
        kind: 'compensatable',
        retry: TRY_RETRY,
        compensationRetry,
        async run({ key, input, signal }) {
          const { orderId, userId, paymentMethodId } = input;
          const amount = totalOf(input);
          if (isNothing(amount)) return {};
          const { payment } = await payments.authorizePayment(
            { requestId: key, orderId, userId, paymentMethodId, amount },
            { signal },
          );
          return { paymentId: payment?.id };
        },
        async compensate({ key, signal }) {
          const target = { $case: 'authorizeRequestId', value: key } as const;
          await payments.voidPayment({ requestId: key, target, reason: UNDO_REASON }, { signal });
        },
      },
      {
        name: 'arrange-shipment',
        kind: 'compensatable',
        retry: TRY_RETRY,
        compensationRetry,
        async run({ key, input, signal }) {
          const { shipment } = await shipping.arrangeShipment(
            {
              requestId: key,
              orderId: input.orderId,
              userId: input.userId,
              address: toProtoAddress(input.address),
              items: input.lines.map((line) => ({ ...line })),
              serviceLevel: ServiceLevel.SERVICE_LEVEL_STANDARD,
            },
            { signal },
          );
          return { shipmentId: shipment?.id };
        },
        async compensate({ key, signal }) {
          const target = { $case: 'arrangeRequestId', value: key } as const;
          await shipping.cancelShipment({ requestId: key, target, reason: UNDO_REASON }, { signal });
        },
      },
      {
        name: 'capture-payment',
        kind: 'pivot',
        async run({ key, outputIfAny, signal }) {
          const paymentId = outputIfAny('authorize-payment')?.paymentId;
          if (paymentId === undefined) return; // there is nothing to pay, or an operator had the authorization skipped
          await payments.capturePayment({ requestId: key, paymentId }, { signal });
        },
      },
      {
        // The order itself turns CONFIRMED in the transaction that keeps this step's success.
        name: CONFIRMING_STEP,
        kind: 'retriable',
        announce: true, // the customer waits for it
        async run({ key, input, signal }) {
          await inventory.commitReservation({ requestId: key, reservationId: input.orderId }, { signal });
        },
      },
      {
        name: 'notify',
        kind: 'retriable',
        run: (context) => notifyCustomer(clients, { ...context, template: 'order-confirmed' }),
      },
      { name: 'award-points', kind: 'retriable', run: (context) => awardPoints(clients, context) },
    ],
  });
}

/**
 * The undoing of a CONFIRMED order. Calling the parcel off decides: when it has left already the order stays as it is;
 * after that everything is given back.
 */
export function defineCancellation(clients: OrderClients): SagaDefinition<CancellationInput> {
  const { inventory, shipping, loyalty } = clients;
  const reason = 'the order was cancelled';
  return defineSaga<CancellationInput>({
    name: 'cancellation',
    subject: 'orderId',
    version: 1,
    deadlineMs: 60 * 60_000,
    steps: [
      {
        name: 'cancel-shipment',
        kind: 'pivot',
        async run({ key, input, signal }) {
          const target = { $case: 'orderId', value: input.orderId } as const;
          await shipping.cancelShipment({ requestId: key, target, reason }, { signal });
        },
      },
      {
        name: REFUNDING_STEP,
        kind: 'retriable',
        async run({ key, input: { paymentId }, signal }) {
          if (paymentId === undefined) return; // as in the checkout
          await refund(clients, { key, paymentId, reason, signal });
        },
      },
      {
        name: 'return-stock',
        kind: 'retriable',
        async run({ key, input, signal }) {
          await inventory.releaseReservation(
            { requestId: key, reservationId: input.orderId, reason, returnCommitted: true },
            { signal },
          );
        },
      },
      {
        name: 'revoke-points',
        kind: 'retriable',
        async run({ key, input, signal }) {
          const target = { $case: 'orderId', value: input.orderId } as const;
          await loyalty.revokePoints({ requestId: key, target, reason: 'Order cancelled' }, { signal });
        },
      },
      {
        name: 'notify',
        kind: 'retriable',
        run: (context) => notifyCustomer(clients, { ...context, template: 'order-cancelled' }),
      },
    ],
  });
}

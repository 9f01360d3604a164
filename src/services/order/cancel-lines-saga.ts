import { defineSaga, type SagaDefinition } from '../../chassis/saga/index.ts';
import type { OrderClients } from './clients.ts';
import { format, isNothing, REDUCING_STEP, REFUNDING_STEP } from './domain.ts';
import { moneyFrom } from './money-json.ts';
import type { LineCancellationInput } from './saga-input.ts';
import { notifyCustomer, refund, revokePieces } from './saga-steps.ts';

/**
 * Taking pieces out of a CONFIRMED order. Taking them out of the parcel decides: when it has left already the order stays as
 * it is; after that they are given back. No other saga of the order runs meanwhile.
 */
export function definePartialCancellation(clients: OrderClients): SagaDefinition<LineCancellationInput> {
  const { inventory, shipping } = clients;
  const reason = 'pieces of the order were cancelled';
  return defineSaga<LineCancellationInput>({
    name: 'partial-cancellation',
    subject: 'orderId',
    version: 1,
    deadlineMs: 60 * 60_000,
    steps: [
      {
        // The order itself becomes smaller in the transaction that keeps this step's success.
        name: REDUCING_STEP,
        kind: 'pivot',
        async run({ key, input: { shipmentId, lines }, signal }) {
          if (shipmentId === undefined) return; // an operator had the shipment skipped
          const removals = lines.map((line) => ({ ...line }));
          await shipping.amendShipment({ requestId: key, shipmentId, removals, reason }, { signal });
        },
      },
      {
        name: REFUNDING_STEP,
        kind: 'retriable',
        async run({ key, input, signal }) {
          const amount = moneyFrom(input.amount);
          if (input.paymentId === undefined || isNothing(amount)) return; // nothing was paid, or not for these pieces
          await refund(clients, { key, paymentId: input.paymentId, amount, reason, signal });
        },
      },
      {
        name: 'return-stock',
        kind: 'retriable',
        async run({ key, input, signal }) {
          const lines = input.lines.map((line) => ({ ...line }));
          await inventory.returnStock({ requestId: key, reservationId: input.orderId, lines, reason }, { signal });
        },
      },
      {
        name: 'revoke-points',
        kind: 'retriable',
        run: ({ key, input, signal }) => revokePieces(clients, { key, input, signal }),
      },
      {
        name: 'notify',
        kind: 'retriable',
        run: (context) =>
          notifyCustomer(clients, {
            ...context,
            template: 'order-lines-cancelled',
            parameters: { refund: format(moneyFrom(context.input.amount)) },
          }),
      },
    ],
  });
}

import type { NewEvent } from '../../../src/chassis/events/index.ts';

/** A line of an order, as far as consumers care. */
export interface ToldLine {
  readonly productId: string;
  readonly quantity?: number;
  readonly cancelledQuantity?: number;
}

/** What the order process tells of one order, in the order in which it is called. */
export function tellOrder({
  orderId = crypto.randomUUID(),
  userId = crypto.randomUUID(),
  total = '25',
}: {
  readonly orderId?: string;
  readonly userId?: string;
  /** Whole EUR. */
  readonly total?: string;
} = {}) {
  let sequence = 0n;
  const tell = (type: string, lines: readonly ToldLine[], more: Readonly<Record<string, unknown>>): NewEvent => {
    sequence += 1n;
    return {
      ...{ aggregateType: 'order', aggregateId: orderId, sequence, type },
      payload: {
        ...{ order_id: orderId, user_id: userId, currency_code: 'EUR', total_units: total, total_nanos: 0 },
        total: eur(total),
        position: String(sequence),
        lines: lines.map(lineJson),
        ...more,
      },
    };
  };
  return {
    orderId,
    userId,
    confirmed: (lines: readonly ToldLine[], { due = total, reason = '' } = {}) =>
      tell('order.confirmed', lines, { reason, due_total: eur(due), payment_id: crypto.randomUUID() }),
    linesCancelled: (lines: readonly ToldLine[], cancelled: readonly ToldLine[], { due = total } = {}) =>
      tell('order.lines-cancelled', lines, {
        ...{ reason: 'CANCELLED_BY_CUSTOMER', message: '', due_total: eur(due), cancelled_amount: eur('1') },
        cancelled_lines: cancelled.map(({ productId, quantity = 1 }) => ({ product_id: productId, quantity })),
      }),
    cancelled: (lines: readonly ToldLine[], { wasConfirmed = true, reason = 'CANCELLED_BY_CUSTOMER' } = {}) =>
      tell('order.cancelled', lines, { reason, message: 'as told', was_confirmed: wasConfirmed }),
  };
}

function lineJson({ productId, quantity = 1, cancelledQuantity = 0 }: ToldLine) {
  return {
    ...{ product_id: productId, sku: 'SKU-1', name: 'Thing', quantity, cancelled_quantity: cancelledQuantity },
    unit_price: eur('1'),
    line_total: eur(String(quantity)),
  };
}

const eur = (units: string) => ({ currency_code: 'EUR', units, nanos: 0 });

import { OrderEventKind, type OrderEvent } from '../../../gen/tradewind/order/v1/order.ts';

const PROGRESS: ReadonlySet<OrderEventKind> = new Set([
  OrderEventKind.ORDER_EVENT_KIND_STATE_CHANGED,
  OrderEventKind.ORDER_EVENT_KIND_STEP_SUCCEEDED,
  OrderEventKind.ORDER_EVENT_KIND_STEP_FAILED,
  OrderEventKind.ORDER_EVENT_KIND_STEP_UNDONE,
]);

/** Says that the order really got on, and not only that it was tried. */
export function isProgress({ kind }: Pick<OrderEvent, 'kind'>): boolean {
  return PROGRESS.has(kind);
}

/** What cancellations undo, for the tombstones they leave. */
export const ARRANGEMENT = 'arrangement';

/** An arrangement by the request_id that asks for it. */
export function requestName(requestId: string): string {
  return `request:${requestId}`;
}

/** An order's arrangements, past and to come. */
export function orderName(orderId: string): string {
  return `order:${orderId}`;
}

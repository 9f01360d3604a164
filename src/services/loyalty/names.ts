/** What revocations undo, for the tombstones they leave. */
export const AWARD = 'award';

/** An award by the request_id that asks for it. */
export function requestName(requestId: string): string {
  return `request:${requestId}`;
}

/** An order's awards, past and to come. */
export function orderName(orderId: string): string {
  return `order:${orderId}`;
}

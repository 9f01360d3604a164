/** What voids undo, for the tombstones they leave. */
export const AUTHORIZATION = 'authorization';

/** An authorization by the request_id that asks for it. */
export function requestName(requestId: string): string {
  return `request:${requestId}`;
}

/** An order's authorizations, past and to come. */
export function orderName(orderId: string): string {
  return `order:${orderId}`;
}

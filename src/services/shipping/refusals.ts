import { AppError, type ErrorStatus } from '../../chassis/core/index.ts';
import type { Shipment } from './domain.ts';

/** NOT_FOUND, SHIPMENT_NOT_FOUND. */
export function shipmentNotFound(id: string): AppError {
  return new AppError({
    status: 'NOT_FOUND',
    reason: 'SHIPMENT_NOT_FOUND',
    message: `no shipment has the id ${id}`,
    details: [{ kind: 'resourceInfo', resourceType: 'shipment', resourceName: id }],
  });
}

/** ALREADY_EXISTS, ORDER_HAS_SHIPMENT. */
export function orderHasShipment({ id, orderId, state }: Shipment): AppError {
  const message = `the order ${orderId} has a shipment that is ${state}`;
  return refusal('ORDER_HAS_SHIPMENT', message, { shipment_id: id, state }, 'ALREADY_EXISTS');
}

/** FAILED_PRECONDITION, ADDRESS_REFUSED, with the carrier's word for why. */
export function addressRefused({ id, refusalCode }: Shipment): AppError {
  const metadata = { shipment_id: id, carrier_code: refusalCode };
  return refusal('ADDRESS_REFUSED', `the carrier does not deliver to this address: ${refusalCode}`, metadata);
}

/** FAILED_PRECONDITION, SHIPMENT_CANCELLED. */
export function shipmentCancelled({ id }: Shipment): AppError {
  return refusal('SHIPMENT_CANCELLED', 'the shipment was cancelled before it was arranged', { shipment_id: id });
}

function refusal(
  reason: string,
  message: string,
  metadata: Readonly<Record<string, string>>,
  status: ErrorStatus = 'FAILED_PRECONDITION',
): AppError {
  return new AppError({ status, reason, message, metadata });
}

/** OUT_OF_RANGE, POSITION_UNKNOWN. */
export function positionUnknown({ id, lastPosition }: Shipment): AppError {
  const message = `the last position of the shipment is ${lastPosition}`;
  return refusal('POSITION_UNKNOWN', message, { shipment_id: id }, 'OUT_OF_RANGE');
}

/** RESOURCE_EXHAUSTED, TOO_MANY_SUBSCRIPTIONS. */
export function tooManySubscriptions(max: number): AppError {
  return refusal('TOO_MANY_SUBSCRIPTIONS', `a stream may follow ${max} shipments at a time`, {}, 'RESOURCE_EXHAUSTED');
}

/** UNAVAILABLE, CARRIER_UNAVAILABLE: what is in the parcel is known once an earlier amendment is answered. */
export function amendmentUnanswered(): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'CARRIER_UNAVAILABLE',
    message: 'an earlier amendment of the shipment has no answer yet; repeat the call with the same request_id',
    details: [{ kind: 'retryInfo', retryDelayMs: 500 }],
  });
}

import { AppError } from '../../../chassis/core/index.ts';

/** NOT_FOUND, PRODUCT_NOT_FOUND. */
export function productNotFound(productId: string): AppError {
  return new AppError({
    status: 'NOT_FOUND',
    reason: 'PRODUCT_NOT_FOUND',
    message: `no product has the id ${productId}`,
    metadata: { product_id: productId },
    details: [{ kind: 'resourceInfo', resourceType: 'tradewind.product.v1.Product', resourceName: productId }],
  });
}

/** ALREADY_EXISTS, SKU_TAKEN. */
export function skuTaken(sku: string): AppError {
  return new AppError({
    status: 'ALREADY_EXISTS',
    reason: 'SKU_TAKEN',
    message: `another product has the SKU ${sku}`,
    metadata: { sku },
    details: [{ kind: 'resourceInfo', resourceType: 'tradewind.product.v1.Product', resourceName: sku }],
  });
}

/** A product of which too little is available. */
export interface Shortage {
  readonly productId: string;
  readonly wanted: number;
  readonly available: number;
}

/** FAILED_PRECONDITION with a violation for every product that is short; OUT_OF_STOCK unless another reason is given. */
export function outOfStock(
  shortages: readonly Shortage[],
  reason: 'OUT_OF_STOCK' | 'RESERVATION_EXPIRED' = 'OUT_OF_STOCK',
): AppError {
  const descriptions = shortages.map(({ productId, wanted, available }) => ({
    type: 'OUT_OF_STOCK',
    subject: productId,
    description: `${wanted} asked for, ${available} available`,
  }));
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason,
    message: `too little in stock: ${descriptions.map(({ subject, description }) => `${subject}: ${description}`).join('; ')}`,
    metadata: { product_id: shortages[0]?.productId ?? '' },
    details: [{ kind: 'preconditionFailure', violations: descriptions }],
  });
}

/** NOT_FOUND, RESERVATION_NOT_FOUND. */
export function reservationNotFound(reservationId: string): AppError {
  return new AppError({
    status: 'NOT_FOUND',
    reason: 'RESERVATION_NOT_FOUND',
    message: `no reservation has the id ${reservationId}`,
    metadata: { reservation_id: reservationId },
    details: [{ kind: 'resourceInfo', resourceType: 'tradewind.product.v1.Reservation', resourceName: reservationId }],
  });
}

/** FAILED_PRECONDITION: the reservation is in a state that does not allow it. */
export function reservationRefused(
  reason: 'RESERVATION_TOMBSTONED' | 'RESERVATION_COMMITTED' | 'RESERVATION_RELEASED' | 'RESERVATION_NOT_COMMITTED',
  reservationId: string,
  description: string,
): AppError {
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason,
    message: `the reservation ${reservationId} ${description}`,
    metadata: { reservation_id: reservationId },
    details: [{ kind: 'preconditionFailure', violations: [{ type: reason, subject: reservationId, description }] }],
  });
}

import { AppError } from '../../../chassis/core/index.ts';
import type { Item } from './parcel.ts';
import type { Shipment } from './shipment.ts';

/** So many pieces of one product that are taken out of a parcel. */
export type Removal = Pick<Item, 'productId' | 'quantity'>;

/**
 * What is in the parcel without the pieces taken out; never nothing. FAILED_PRECONDITION, ITEMS_NOT_IN_SHIPMENT,
 * SHIPMENT_WOULD_BE_EMPTY.
 */
export function takeOut(shipment: Pick<Shipment, 'id' | 'items'>, removals: readonly Removal[]): readonly Item[] {
  const open = new Map<string, number>();
  for (const { productId, quantity } of removals) open.set(productId, (open.get(productId) ?? 0) + quantity);
  const left = shipment.items.flatMap((item) => {
    const taken = Math.min(item.quantity, open.get(item.productId) ?? 0);
    open.set(item.productId, (open.get(item.productId) ?? 0) - taken);
    return taken === item.quantity ? [] : [{ ...item, quantity: item.quantity - taken }];
  });
  const missing = [...open].filter(([, pieces]) => pieces > 0);
  if (missing.length > 0) throw notInShipment(shipment, missing);
  if (left.length === 0) throw wouldBeEmpty(shipment);
  return left;
}

function notInShipment({ id }: Pick<Shipment, 'id'>, missing: readonly (readonly [string, number])[]): AppError {
  const reason = 'ITEMS_NOT_IN_SHIPMENT';
  const violations = missing.map(([productId, pieces]) => ({
    type: reason,
    subject: productId,
    description: `${pieces} more than are in the parcel`,
  }));
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason,
    message: `less is in the shipment ${id}`,
    metadata: { shipment_id: id, product_id: missing[0]?.[0] ?? '' },
    details: [{ kind: 'preconditionFailure', violations }],
  });
}

function wouldBeEmpty({ id }: Pick<Shipment, 'id'>): AppError {
  const message = `nothing would be left in the shipment ${id}: cancel it instead`;
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason: 'SHIPMENT_WOULD_BE_EMPTY',
    message,
    metadata: { shipment_id: id },
  });
}

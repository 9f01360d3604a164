import { loadStatements } from '../../chassis/store/index.ts';

/** Reads the statements of the shipping process, by file name. */
export function shippingStatements() {
  return loadStatements(new URL('./sql/', import.meta.url), [
    'insert-shipment',
    'get-shipment',
    'get-shipments',
    'get-shipment-of-request',
    'get-shipment-of-order',
    'lock-shipment',
    'list-shipments',
    'last-events',
    'read-events',
    'last-positions',
    'insert-operation',
    'get-operation',
    'get-pending-operation',
    'claim-operations',
    'claim-tracked',
    'write-shipments',
  ] as const);
}

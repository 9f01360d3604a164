import { loadStatements } from '../../chassis/store/index.ts';

/** Reads the statements of the shipping process, by file name. */
export function shippingStatements() {
  return loadStatements(new URL('./sql/', import.meta.url), [
    'insert-shipment',
    'get-shipment',
    'get-shipment-of-request',
    'get-shipment-of-order',
    'lock-shipment',
    'update-shipment',
    'list-shipments',
    'insert-event',
    'last-events',
    'read-events',
    'last-positions',
    'insert-operation',
    'get-operation',
    'get-pending-operation',
    'settle-operation',
    'claim-operations',
    'claim-tracked',
    'track-soon',
  ] as const);
}

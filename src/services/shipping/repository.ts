import type { Queryable } from '../../chassis/store/index.ts';
import type { Address, Item, OrderId, ServiceLevel, ShipmentId, ShipmentState, UserId } from './domain.ts';
import {
  toEvent,
  toOperation,
  toShipment,
  type EventRow,
  type Operation,
  type OperationKind,
  type OperationRow,
  type ShipmentRow,
  type StoredEvent,
  type StoredShipment,
} from './rows.ts';
import { shippingStatements } from './statements.ts';

/** Shipments, their events, and what the carrier was asked about them. Every method runs where it is told to: alone or in a transaction. */
export type ShipmentRepository = ReturnType<typeof createShipmentRepository>;

/** A shipment that starts. */
export interface NewShipment {
  readonly id: ShipmentId;
  readonly orderId: OrderId;
  readonly userId: UserId;
  readonly requestId: string;
  readonly address: Address;
  readonly items: readonly Item[];
  readonly serviceLevel: ServiceLevel;
}

/** Something the carrier is about to be asked. */
export interface NewOperation {
  readonly id: string;
  readonly shipmentId: ShipmentId;
  readonly kind: OperationKind;
  readonly reason: string;
  /** Of an AMEND: what is in the parcel afterwards. */
  readonly items?: readonly Item[];
  /** When the reconciler asks for itself, unless it is settled by then. */
  readonly settleAfterMs: number;
}

/** Which shipments a page shows; undefined: any. */
export interface ShipmentFilter {
  readonly userId: UserId | undefined;
  readonly orderId: OrderId | undefined;
  readonly state: ShipmentState | undefined;
}

/** A shipment that the tracker has taken up. */
export interface Tracked {
  readonly id: ShipmentId;
  readonly carrierReference: string;
  readonly carrierSequence: bigint;
}

type Sql = ReturnType<typeof shippingStatements>;

/** Reads the statements once. */
export function createShipmentRepository() {
  const sql = shippingStatements();
  const oneShipment = async (on: Queryable, name: keyof Sql, parameters: readonly unknown[]) => {
    const row = await on.one<ShipmentRow>(sql[name], parameters);
    return row && toShipment(row);
  };

  return {
    get: (on: Queryable, id: ShipmentId) => oneShipment(on, 'get-shipment', [id]),
    getMany: async (on: Queryable, ids: readonly ShipmentId[]): Promise<StoredShipment[]> =>
      (await on.rows<ShipmentRow>(sql['get-shipments'], [ids])).map(toShipment),
    ofRequest: (on: Queryable, requestId: string) => oneShipment(on, 'get-shipment-of-request', [requestId]),
    /** The order's shipment that was neither refused nor cancelled, or else its newest. */
    ofOrder: (on: Queryable, orderId: OrderId) => oneShipment(on, 'get-shipment-of-order', [orderId]),

    /** Nobody else changes the shipment, its events, or what the carrier was asked, before the transaction ends. */
    async lock(tx: Queryable, id: ShipmentId): Promise<StoredShipment> {
      const shipment = await oneShipment(tx, 'lock-shipment', [id]);
      if (shipment === undefined) throw new Error(`the shipment ${id} is gone`);
      return shipment;
    },

    /** A shipment in ARRANGING. */
    async insert(tx: Queryable, shipment: NewShipment): Promise<void> {
      const { id, orderId, userId, requestId, address, items, serviceLevel } = shipment;
      const parcel = [JSON.stringify(address), JSON.stringify(items), serviceLevel];
      await tx.execute(sql['insert-shipment'], [id, orderId, userId, requestId, ...parcel]);
    },

    async list(
      on: Queryable,
      { userId, orderId, state }: ShipmentFilter,
      { after, limit }: { readonly after: string | undefined; readonly limit: number },
    ): Promise<StoredShipment[]> {
      const parameters = [userId ?? null, orderId ?? null, state ?? null, after ?? null, limit];
      return (await on.rows<ShipmentRow>(sql['list-shipments'], parameters)).map(toShipment);
    },

    /** The newest so many, oldest first. */
    lastEvents: async (on: Queryable, id: ShipmentId, limit: number): Promise<StoredEvent[]> =>
      (await on.rows<EventRow>(sql['last-events'], [id, limit])).map(toEvent),

    /** The next so many after a position, oldest first. */
    eventsAfter: async (on: Queryable, id: ShipmentId, position: bigint, limit: number): Promise<StoredEvent[]> =>
      (await on.rows<EventRow>(sql['read-events'], [id, position, limit])).map(toEvent),

    lastPositions: (on: Queryable, ids: readonly ShipmentId[]) =>
      on.rows<{ readonly id: ShipmentId; readonly last_position: bigint }>(sql['last-positions'], [ids]),

    async insertOperation(tx: Queryable, operation: NewOperation): Promise<void> {
      const { id, shipmentId, kind, reason, items, settleAfterMs } = operation;
      const key = carrierKey(kind, id);
      const contents = items === undefined ? null : JSON.stringify(items);
      await tx.execute(sql['insert-operation'], [id, shipmentId, kind, key, reason, settleAfterMs, contents]);
    },

    async getOperation(on: Queryable, id: string): Promise<Operation> {
      const row = await on.one<OperationRow>(sql['get-operation'], [id]);
      if (row === undefined) throw new Error(`there is no operation ${id}`);
      return toOperation(row);
    },

    /** The one that is not answered yet. */
    async pendingOperation(on: Queryable, id: ShipmentId, kind: OperationKind): Promise<Operation | undefined> {
      const row = await on.one<OperationRow>(sql['get-pending-operation'], [id, kind]);
      return row && toOperation(row);
    },

    /** Takes operations that wait for an answer for too long; whoever took one has `baseMs`, then twice that, to settle it. */
    claimOperations: (on: Queryable, limit: number, baseMs: number) =>
      on.rows<{ readonly id: string; readonly attempts: number }>(sql['claim-operations'], [limit, baseMs]),

    /** Takes shipments on their way whose news are due; the next look at each comes after a wait that doubles. */
    async claimTracked(
      on: Queryable,
      { limit, intervalMs, maxIntervalMs }: Readonly<Record<'limit' | 'intervalMs' | 'maxIntervalMs', number>>,
    ): Promise<Tracked[]> {
      interface Row {
        readonly id: ShipmentId;
        readonly carrier_reference: string;
        readonly carrier_sequence: bigint;
      }
      const rows = await on.rows<Row>(sql['claim-tracked'], [limit, intervalMs, maxIntervalMs]);
      return rows.map((row) => ({
        id: row.id,
        carrierReference: row.carrier_reference,
        carrierSequence: row.carrier_sequence,
      }));
    },
  };
}

/** The Idempotency-Key that the carrier is asked under. */
export function carrierKey(kind: OperationKind, operationId: string): string {
  return `${kind.toLowerCase()}-${operationId}`;
}

import { CATALOGUE } from '../../../src/catalogue.ts';
import type { TestSuite } from '../suite.ts';
import { openDatabases, type Databases } from './databases.ts';
import { readCheckouts } from './read-checkouts.ts';
import { readOrders } from './read-orders.ts';
import { readMails, readParcels, readProvider } from './witnesses.ts';
import type { Posting, World, WorldLine } from './world.ts';

/** Where a suite is: its home has the databases, the sandboxes are asked themselves. */
export type WhereSuite = Pick<TestSuite, 'home' | 'ready' | 'admin'>;

/** Reads everything that the invariants speak of. The suite should be quiet: the databases are read one after the other. */
export async function readWorld(suite: WhereSuite): Promise<World> {
  await using databases = openDatabases(suite.home);
  const url = (process: string) => `http://${suite.admin(process)}`;
  const [
    checkouts,
    stock,
    loyalty,
    orders,
    sagas,
    payment,
    shipments,
    notifications,
    provider,
    parcels,
    mails,
    outbox,
  ] = await Promise.all([
    readCheckouts(databases),
    readStock(databases),
    readLoyalty(databases),
    readOrders(databases),
    readSagas(databases),
    readPayments(databases),
    databases.rows<World['shipments'][number]>(
      'shipping',
      'SELECT order_id AS "orderId", state, carrier_reference AS "parcelId" FROM shipment',
    ),
    databases.rows<World['notifications'][number]>(
      'notification',
      'SELECT id, order_id AS "orderId", channel, template, state FROM notification',
    ),
    readProvider(url('payment-provider')),
    readParcels(url('carrier')),
    readMails(url('smtp-sink')),
    readOutboxes(databases),
  ]);
  return {
    ...stock,
    ...loyalty,
    ...orders,
    ...sagas,
    checkouts,
    ...payment,
    shipments,
    notifications: notifications.map((row) => ({ ...row, orderId: row.orderId ?? undefined })),
    provider,
    parcels,
    mails,
    outbox,
  };
}

async function readSagas(databases: Databases) {
  const sagas = await databases.rows<World['sagas'][number]>(
    'order',
    'SELECT id, name, state, correlation_key AS "orderId" FROM saga',
  );
  const sagaEntries = await databases.rows<World['sagaEntries'][number]>(
    'order',
    `SELECT saga_id AS "sagaId", (row_number() OVER (ORDER BY position, place))::integer AS position, kind, step, direction
     FROM saga_history
     CROSS JOIN LATERAL ROWS FROM (
       json_to_recordset(entries) AS (kind text, step text, direction text)
     ) WITH ORDINALITY AS entry (kind, step, direction, place)
     ORDER BY position, place`,
  );
  return {
    sagas,
    sagaEntries: sagaEntries.map((entry) => ({ ...entry, step: entry.step ?? undefined })),
  };
}

async function readStock(databases: Databases) {
  const stock = await databases.rows<World['stock'][number]>(
    'product',
    'SELECT product_id AS "productId", available, reserved, sold, received FROM stock',
  );
  const changes = await databases.rows<World['stockChanges'][number]>(
    'product',
    `SELECT product_id AS "productId", position, kind, quantity, available, reserved, sold, received,
       reservation_id AS "reservationId"
     FROM stock_change
     ORDER BY position`,
  );
  const [floor] = await databases.rows<{ readonly position: number }>(
    'product',
    'SELECT position FROM stock_change_floor',
  );
  interface Reservation extends Omit<World['reservations'][number], 'lines'> {
    readonly products: readonly string[];
    readonly quantities: readonly number[];
  }
  const reservations = await databases.rows<Reservation>(
    'product',
    'SELECT id, state, product_ids AS products, quantities FROM reservation',
  );
  return {
    stock,
    stockChanges: changes.map((change) => ({ ...change, reservationId: change.reservationId ?? undefined })),
    isStockLogTrimmed: floor?.position !== 0,
    reservations: reservations.map(({ id, state, products, quantities }) => ({
      id,
      state,
      lines: products.map((productId, index): WorldLine => ({ productId, quantity: quantities[index] ?? 0 })),
    })),
  };
}

async function readPayments(databases: Databases) {
  const payments = await databases.rows<World['payments'][number]>(
    'payment',
    'SELECT id, order_id AS "orderId", state, captured, refunded, refunding FROM payment',
  );
  const postings = await databases.rows<Posting>(
    'payment',
    `SELECT id AS "transactionId", order_id AS "orderId", account, currency, sign * amount AS amount
     FROM ledger_transaction
     CROSS JOIN LATERAL (VALUES (debit_account, 1), (credit_account, -1)) AS side (account, sign)`,
  );
  return { payments, postings };
}

async function readLoyalty(databases: Databases) {
  const points = await databases.rows<World['points'][number]>(
    'loyalty',
    `SELECT user_id AS "userId", order_id AS "orderId", kind, points, balance_after AS "balanceAfter"
     FROM entry
     ORDER BY position`,
  );
  const balances = await databases.rows<World['balances'][number]>(
    'loyalty',
    'SELECT user_id AS "userId", points FROM balance',
  );
  return { points: points.map((entry) => ({ ...entry, orderId: entry.orderId ?? undefined })), balances };
}

/** Of every service that has one. */
async function readOutboxes(databases: Databases): Promise<World['outbox']> {
  const services = CATALOGUE.filter(({ kind }) => kind === 'service').map(({ name }) => name);
  const outboxes = await Promise.all(
    services.map(async (service) => {
      const [table] = await databases.rows<{ readonly name: string | null }>(
        service,
        `SELECT to_regclass('outbox')::text AS name`,
      );
      if (typeof table?.name !== 'string') return [];
      const rows = await databases.rows<Omit<World['outbox'][number], 'service'>>(
        service,
        `SELECT event_id AS "eventId", aggregate_type || ' ' || aggregate_id AS aggregate, sequence, type
         FROM outbox
         ORDER BY position`,
      );
      return rows.map((row) => ({ ...row, service }));
    }),
  );
  return outboxes.flat();
}

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { OrderServiceDefinition, OrderState } from '../../gen/tradewind/order/v1/order.ts';
import { CATALOGUE } from '../../src/catalogue.ts';
import { TEST_CARDS } from '../../src/sandbox/payment-provider/index.ts';
import { openDatabases } from '../support/invariants/index.ts';
import { spanTree, startCollector, type Collector, type Shape, type SpanTree } from '../support/otlp/index.ts';
import { GOOD_CARD, newCustomer, newProduct, orderRequest, settledOrder, type Customer } from '../support/shopping.ts';
import { openStorefront } from '../support/storefront.ts';
import { startSuite, type TestSuite } from '../support/suite.ts';

/** What a service does that takes commands many at a time. */
const batched = (job: string, ...statements: string[]) => ({
  [`wait ${job}`]: { [`batch ${job}`]: leaves(statements) },
});
const leaves = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, {}]));
const rpc = (service: string, method: string) => `tradewind.${service}/${method}`;

/** A step that makes one call: the attempt, the server, and what it did. */
const step = (name: string, method: string, server: Shape) => ({
  [`step ${name}`]: { [method]: { [method]: server } },
});

const PLACE = rpc('order.v1.OrderService', 'PlaceOrder');
const RESERVE = rpc('product.v1.InventoryService', 'ReserveStock');
const COMMIT = rpc('product.v1.InventoryService', 'CommitReservation');
const AUTHORIZE = rpc('payment.v1.PaymentService', 'AuthorizePayment');
const CAPTURE = rpc('payment.v1.PaymentService', 'CapturePayment');
const ARRANGE = rpc('shipping.v1.ShippingService', 'ArrangeShipment');
const AWARD = rpc('loyalty.v1.LoyaltyService', 'AwardPoints');
const NOTIFY = rpc('notification.v1.NotificationService', 'SendNotification');
const PRODUCTS = rpc('product.v1.ProductService', 'BatchGetProducts');
const USER = rpc('user.v1.UserService', 'GetUser');

const readUser = { [USER]: { [USER]: batched('get-accounts', 'get-accounts') } };

const CHECKOUT: Shape = {
  'HTTP POST': {
    [PLACE]: {
      [PLACE]: {
        'idempotency-get': {},
        [PRODUCTS]: { [PRODUCTS]: { 'get-products': {} } },
        ...readUser,
        'create order.placed': {},
        ...batched(`carry-out /${PLACE}`, 'place-orders'),
        ...batched(
          'saga/record',
          ...[
            'BEGIN',
            'record-transitions',
            'lock-streams',
            'load-streams',
            'append-to-streams',
            'append-events',
            'COMMIT',
          ],
        ),
        'create order.confirmed': { 'process order.confirmed': { 'keep-purchase': {} } }, // at product, which counts what is bought together
        ...step('reserve-stock', RESERVE, {
          'create reservation.held': {},
          ...batched(`carry-out /${RESERVE}`, 'reserve-many'),
        }),
        ...step('authorize-payment', AUTHORIZE, {
          ...batched('write-payments', 'write-payments'),
          'POST /v1/authorizations': {},
          'create payment.authorized': {},
        }),
        ...step('arrange-shipment', ARRANGE, {
          ...batched('write-shipments', 'write-shipments'),
          'POST /v1/shipments': {},
          'create shipment.arranged': {},
        }),
        ...step('capture-payment', CAPTURE, {
          ...batched('write-payments', 'write-payments'),
          'POST /v1/authorizations/{}/capture': {},
          'create payment.captured': {},
        }),
        ...step('confirm', COMMIT, {
          'create reservation.committed': {},
          ...batched(`carry-out /${COMMIT}`, 'commit-many'),
        }),
        'step notify': {
          ...readUser,
          [NOTIFY]: {
            [NOTIFY]: {
              ...batched(`carry-out /${NOTIFY}`, 'accept-many'),
              'send order-confirmed': {},
              ...batched('settle-attempts', 'settle-attempts'),
            },
          },
        },
        ...step('award-points', AWARD, {
          'create points.awarded': {},
          ...batched(`carry-out /${AWARD}`, 'BEGIN', 'tombstone-lock', 'award-many', 'COMMIT'),
        }),
      },
    },
  },
};

describe('one checkout of a suite that exports everything it traces', () => {
  let collector: Collector;
  let suite: TestSuite;
  let customer: Customer;
  let product: string;

  beforeAll(async () => {
    collector = await startCollector();
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, LOG_LEVEL: 'trace' };
    suite = await startSuite({ args: ['--no-demo'], environment });
    [customer, product] = await Promise.all([newCustomer(suite), newProduct(suite, 20)]);
  }, 180_000);
  afterAll(async () => {
    await suite?.[Symbol.asyncDispose]();
    await collector?.[Symbol.asyncDispose]();
  }, 60_000);

  /** The trace in which a saga's steps were made; throws while there is none. */
  function treeOf(sagaId: string): SpanTree {
    const traceIds = collector.spans
      .filter(({ attributes }) => attributes['tradewind.saga.id'] === sagaId)
      .map(({ traceId }) => traceId);
    expect(new Set(traceIds).size).toBe(1);
    return spanTree(collector.spans, traceIds[0] ?? '');
  }

  it('is one tree of every hop, statement, message and step', async () => {
    const storefront = await openStorefront(suite, customer);
    await settledOrder(suite, await storefront.place(orderRequest(customer, product, 1))); // now they know the keys of tokens
    const order = await settledOrder(suite, await storefront.place(orderRequest(customer, product, 2)));
    expect(order.state).toBe(OrderState.ORDER_STATE_CONFIRMED);

    const tree = await collector.until(() => {
      const found = treeOf(order.sagaId);
      expect(found.orphans.map(({ name }) => name)).toEqual([]);
      expect(found.shape()).toEqual(CHECKOUT);
      return found;
    });

    expect(tree.roots).toHaveLength(1);
    expect(tree.roots[0]).toMatchObject({ process: 'gateway', kind: 'SERVER' });
    for (const span of tree.spans) expect(span.endMs).toBeGreaterThanOrEqual(span.startMs);
    expect(tree.one('product', 'reserve-many')).toMatchObject({
      kind: 'CLIENT',
      attributes: { 'db.system.name': 'postgresql', 'db.response.returned_rows': 1 },
    });
    expect(tree.one('order', 'create order.confirmed').kind).toBe('PRODUCER');
    expect(tree.one('notification', 'send order-confirmed').kind).toBe('PRODUCER');
    expect(tree.one('order', 'step capture-payment').attributes).toMatchObject({
      'tradewind.saga.name': 'checkout',
      'tradewind.saga.about': order.id,
      'tradewind.saga.direction': 'FORWARD',
      'tradewind.saga.attempt': 1,
    });
    const [attempt] = tree.spans.filter(({ name, kind }) => name === RESERVE && kind === 'CLIENT');
    expect(attempt?.attributes).toMatchObject({
      'rpc.system': 'grpc',
      'rpc.method': 'ReserveStock',
      'rpc.grpc.status_code': 0,
      'network.peer.address': suite.address('product'),
      'tradewind.transport': 'multiplexed',
      'tradewind.attempt': 1,
    });
  }, 120_000);

  it('keeps the context of each event with it, for who reads it', async () => {
    await using databases = openDatabases(suite.home);
    const [row] = await databases.rows<{ trace: string; id: string }>(
      'order',
      `SELECT trace_parent AS trace, event_id AS id FROM outbox WHERE type = 'order.confirmed' ORDER BY position DESC LIMIT 1`,
    );
    const [, traceId, spanId] = row?.trace.split('-') ?? [];

    await collector.until((spans) => {
      expect(spans.find((span) => span.spanId === spanId)).toMatchObject({
        traceId,
        name: 'create order.confirmed',
        attributes: { 'messaging.message.id': row?.id },
      });
    });
  }, 60_000);

  it('goes on in the same trace when its owner is killed in the middle, linked to what started it', async () => {
    const slow = await newCustomer(suite, TEST_CARDS.authorize_late_reply.number);
    const { order } = await suite.client(OrderServiceDefinition, 'order').placeOrder(orderRequest(slow, product, 1));
    const sagaId = order?.sagaId ?? '';
    const started = await collector.until((spans) => {
      expect(spans.some(({ attributes }) => attributes['tradewind.saga.id'] === sagaId)).toBe(true); // reserve-stock
      return treeOf(sagaId).one('order', PLACE);
    });
    const killedAtMs = Date.now();
    process.kill(suite.pid('order'), 'SIGKILL');
    await suite.next('restarted', ({ name }) => name === 'order');

    const settled = await settledOrder(suite, order?.id ?? '');
    expect(settled.state).toBe(OrderState.ORDER_STATE_CONFIRMED);
    await collector.until(() => {
      const tree = treeOf(sagaId);
      const steps = tree.spans.filter(({ name, startMs }) => name.startsWith('step ') && startMs > killedAtMs);
      expect(new Set(steps.map(({ name }) => name))).toEqual(
        new Set(
          ['authorize-payment', 'arrange-shipment', 'capture-payment', 'confirm', 'notify', 'award-points'].map(
            (name) => `step ${name}`,
          ),
        ),
      );
      for (const { parentId, links, attributes } of steps) {
        expect(parentId).toBe(started.spanId);
        expect(links).toMatchObject([{ traceId: started.traceId, spanId: started.spanId }]);
        expect(attributes).toMatchObject({ 'tradewind.saga.previous_owner': 'order' });
      }
      expect(tree.roots).toEqual([expect.objectContaining({ process: 'order', name: PLACE })]);
    });
  }, 180_000);

  it('never shows a password, a token or a card number, in no log, span or table', async () => {
    const signedIn = await fetch(`${suite.ready.gateway}/v1/auth:signIn`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: customer.email, password: customer.password }),
    });
    const { tokens } = (await signedIn.json()) as { tokens: { accessToken: string; refreshToken: string } };
    const list = `${suite.ready.gateway}/v1/orders?user_id=${customer.userId}`;
    expect((await fetch(list, { headers: { authorization: `Bearer ${tokens.accessToken}` } })).status).toBe(200);
    const secrets = {
      'the card number': GOOD_CARD,
      'the password': customer.password,
      'the access token': tokens.accessToken,
      'the refresh token': tokens.refreshToken,
    };
    const found = (text: string) =>
      Object.entries(secrets).flatMap(([name, secret]) =>
        text.includes(secret) || text.includes(Buffer.from(secret).toString('hex')) ? [name] : [],
      );

    const logs = join(suite.home, 'logs');
    for (const file of await readdir(logs)) {
      expect({ file, found: found(await readFile(join(logs, file), 'utf8')) }).toEqual({ file, found: [] });
    }
    expect(found(collector.text)).toEqual([]);
    await using databases = openDatabases(suite.home);
    for (const { name: database, kind } of CATALOGUE) {
      if (kind !== 'service') continue;
      const tables = await databases.rows<{ name: string }>(
        database,
        `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
      );
      expect(tables.length).toBeGreaterThan(0);
      for (const { name } of tables) {
        const [all] = await databases.rows<{ text: string | null }>(
          database,
          `SELECT string_agg(t::text, ' ') AS text FROM "${name}" AS t`,
        );
        expect({ name, found: found(all?.text ?? '') }).toEqual({ name, found: [] });
      }
    }
  }, 60_000);

  it('names call, trace and order in the log lines of what is about an order', async () => {
    const lines = (await readFile(join(suite.home, 'logs', 'order.log'), 'utf8')).split('\n');
    const moved = lines.flatMap((line) => (line.includes('"saga moved"') ? [JSON.parse(line) as object] : []));
    expect(moved[0]).toMatchObject({
      trace_id: expect.stringMatching(/^[\da-f]{32}$/),
      span_id: expect.stringMatching(/^[\da-f]{16}$/),
      callId: expect.any(String),
      orderId: expect.any(String),
    });
  });
});

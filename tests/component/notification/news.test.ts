import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { NotificationState } from '../../../gen/tradewind/notification/v1/notification.ts';
import { UserServiceDefinition, type User } from '../../../gen/tradewind/user/v1/user.ts';
import type { NewEvent } from '../../../src/chassis/events/index.ts';
import { userService } from '../../../src/services/user/service.ts';
import { startPublisher, type TestPublisher } from '../../support/events/event-publisher.ts';
import { tellOrder } from '../../support/events/order-events.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestService, type TestService } from '../../support/service.ts';
import { startHarness, type Harness } from './harness.ts';

let users: TestService;
/** Stands for the order, shipping and product processes: what notification knows of them is their outbox. */
let others: TestPublisher;
let harness: Harness;
beforeAll(async () => {
  users = await startTestService(userService, { SIGNING_KEY_SECRET: 'of the test, long enough' });
  others = await startPublisher();
  harness = await startHarness(
    { OPERATOR_EMAILS: 'one@operators.example, two@operators.example' },
    { neighbours: [users.instance, ...['order', 'shipping', 'product'].map((name) => others.instance(name))] },
  );
});
afterAll(async () => {
  await harness.close();
  await others[Symbol.asyncDispose]();
  await users.close();
});

async function register(phone = ''): Promise<User> {
  const email = `ada-${crypto.randomUUID()}@example.com`;
  const account = { email, password: 'long enough, surely', displayName: 'Ada', phone };
  const { user } = await users.client(UserServiceDefinition).createUser(account);
  if (user === undefined) throw new Error('no account came back');
  return user;
}

/** What was written to an address, oldest first, once there is as much as expected. */
const mailsTo = ({ email }: Pick<User, 'email'>, expected: readonly string[]) =>
  eventually(
    async () => {
      const subjects = (await harness.mailTo(email)).map(({ subject }) => subject);
      expect(subjects.sort()).toEqual([...expected].sort());
    },
    { timeoutMs: 10_000 },
  );

/** What the shipping process tells of one parcel. */
function tellParcel({ userId, orderId = crypto.randomUUID() }: { readonly userId: string; readonly orderId?: string }) {
  const shipmentId = crypto.randomUUID();
  let position = 0n;
  return (state: string): NewEvent => {
    position += 1n;
    return {
      ...{ aggregateType: 'shipment', aggregateId: shipmentId, sequence: position },
      type: `shipment.${state.toLowerCase()}`,
      payload: {
        ...{ shipment_id: shipmentId, order_id: orderId, user_id: userId, state, position: String(position) },
        ...{ description: 'as told', location: 'Leipzig, DE', occur_time: new Date().toISOString() },
        ...{ carrier: 'Tradewind Parcel', tracking_number: `TW${position}` },
      },
    };
  };
}

/** What the product process tells of one product's stock. */
function tellStock(productId: string) {
  let sequence = 0n;
  return (type: 'stock.low' | 'stock.back', available: number): NewEvent => {
    sequence += 1n;
    return {
      ...{ aggregateType: 'stock', aggregateId: productId, sequence, type },
      payload: {
        ...{ product_id: productId, sku: 'KETTLE-1', name: 'Kettle' },
        ...{ available_quantity: available, low_stock_threshold: 5 },
      },
    };
  };
}

const WELCOME = 'Welcome, Ada';

describe('news from other processes', () => {
  it('welcomes who made an account', async () => {
    const ada = await register();
    await mailsTo(ada, [WELCOME]);
  });

  it('says where a parcel is, each thing once, to the address that the account has then', async () => {
    const ada = await register();
    const orderId = crypto.randomUUID();
    const parcel = tellParcel({ userId: ada.id, orderId });
    await others.write(
      ...[parcel('ARRANGED'), parcel('PICKED_UP'), parcel('PICKED_UP'), parcel('IN_TRANSIT')],
      ...[parcel('OUT_FOR_DELIVERY'), parcel('DELIVERED')],
    );
    await mailsTo(ada, [WELCOME, 'Your order is on its way', 'Your order is delivered']);
    const { notifications } = await harness.client.listNotifications({ orderId });
    expect(notifications.map(({ template }) => template).sort()).toEqual(['order-delivered', 'order-shipped']);
    const [mail] = (await harness.mailTo(ada.email)).filter(({ subject }) => subject.endsWith('on its way'));
    expect(await harness.mailText(mail?.id ?? '')).toContain(
      `order ${orderId} is on its way. Its tracking number is TW2`,
    );
  });

  it('writes to the telephone of who gave a number on the day of delivery', async () => {
    const ada = await register('+4930123456');
    const orderId = crypto.randomUUID();
    await others.write(tellParcel({ userId: ada.id, orderId })('OUT_FOR_DELIVERY'));
    await eventually(async () => {
      const { notifications } = await harness.client.listNotifications({ orderId });
      expect(notifications).toMatchObject([{ template: 'order-out-for-delivery', recipient: '+4930123456' }]);
    });
  });

  it('says that an order did not go through, and nothing of a cancelled one, which its saga tells', async () => {
    const ada = await register();
    const order = tellOrder({ userId: ada.id, total: '12' });
    await others.write(
      order.cancelled([], { wasConfirmed: false, reason: 'PAYMENT_DECLINED' }),
      tellOrder({ userId: ada.id }).cancelled([], { wasConfirmed: true }),
    );
    await mailsTo(ada, [WELCOME, 'Your order did not go through']);
    const { notifications } = await harness.client.listNotifications({ userId: ada.id, orderId: order.orderId });
    expect(notifications[0]?.body).toContain(`order ${order.orderId} over EUR 12.00 was not carried out`);
  });

  it('tells each who waits for a product once that it is there again, in the language and within the limits they set', async () => {
    const [ada, eve, bob] = await Promise.all([register(), register(), register()]);
    const productId = crypto.randomUUID();
    const stock = tellStock(productId);
    await mailsTo(eve, [WELCOME]);
    for (const { id: userId } of [ada, eve, bob]) await harness.client.requestStockNotice({ userId, productId });
    await harness.client.requestStockNotice({ userId: ada.id, productId });
    await harness.client.cancelStockNotice({ userId: bob.id, productId });
    await harness.client.updatePreferences({ preferences: { userId: eve.id, locale: 'de' }, updateMask: ['locale'] });
    expect((await harness.client.listStockNotices({ userId: ada.id })).stockNotices).toMatchObject([
      { userId: ada.id, productId },
    ]);
    await others.write(stock('stock.back', 3), stock('stock.back', 4));
    await mailsTo(ada, [WELCOME, 'Kettle is there again']);
    await mailsTo(eve, [WELCOME, 'Kettle ist wieder da']);
    expect((await harness.client.listStockNotices({ userId: ada.id })).stockNotices).toEqual([]);
    expect((await harness.mailTo(bob.email)).map(({ subject }) => subject)).not.toContain('Kettle is there again');
  });

  it('pages through what users wait for, newest first', async () => {
    const userId = crypto.randomUUID();
    const wanted = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
    for (const productId of wanted) await harness.client.requestStockNotice({ userId, productId });
    const first = await harness.client.listStockNotices({ userId, pageSize: 2 });
    const rest = await harness.client.listStockNotices({ userId, pageSize: 2, pageToken: first.nextPageToken });
    const listed = [...first.stockNotices, ...rest.stockNotices].map(({ productId }) => productId);
    expect(new Set(listed)).toEqual(new Set(wanted));
    expect([first.stockNotices.length, rest.stockNotices.length, rest.nextPageToken]).toEqual([2, 1, '']);
  });

  it('tells operators that a product is nearly gone', async () => {
    const productId = crypto.randomUUID();
    await others.write(tellStock(productId)('stock.low', 2));
    for (const email of ['one@operators.example', 'two@operators.example'])
      await mailsTo({ email }, ['Low stock: Kettle']);
    const [mail] = await harness.mailTo('one@operators.example');
    expect(await harness.mailText(mail?.id ?? '')).toContain(
      `SKU KETTLE-1, product ${productId}) 2 are left; the threshold is 5`,
    );
  });

  it('writes nothing again of events that come again', async () => {
    const ada = await register();
    const parcel = tellParcel({ userId: ada.id });
    await others.write(parcel('DELIVERED'));
    await mailsTo(ada, [WELCOME, 'Your order is delivered']);
    await harness.service.stop();
    await harness.service.database.execute({ name: 'back', text: 'UPDATE inbox_partition SET position = 0' });
    await harness.restart();
    const eve = await register();
    await mailsTo(eve, [WELCOME]);
    await mailsTo(ada, [WELCOME, 'Your order is delivered']);
  });

  it('keeps quiet about what is a day old, as a consumer that is new reads it', async () => {
    const ada = await register();
    const parcel = tellParcel({ userId: ada.id });
    await harness.service.stop();
    const old = parcel('PICKED_UP');
    await others.write(old);
    await others.database.execute(
      {
        name: 'age',
        text: "UPDATE outbox SET event_time = event_time - interval '25 hours' WHERE aggregate_id = $1",
      },
      [old.aggregateId],
    );
    await harness.restart();
    await others.write(parcel('DELIVERED'));
    await mailsTo(ada, [WELCOME, 'Your order is delivered']);
  });

  it('waits for the user process where that is away, and loses nothing', async () => {
    const ada = await register();
    await mailsTo(ada, [WELCOME]);
    await users.stop();
    await others.write(tellParcel({ userId: ada.id })('DELIVERED'));
    await eventually(async () => {
      const text = 'SELECT max(attempts) AS tries FROM draft';
      const [row] = await harness.service.database.rows<{ tries: number }>({ name: 'tries', text });
      expect(row?.tries).toBeGreaterThan(0);
    });
    await users.restart();
    const { testDatabase: database } = harness.service;
    await harness.service.stop(); // it knows the user process where that was
    const second = await startHarness({}, { database, neighbours: [users.instance] });
    try {
      await eventually(
        async () => {
          const subjects = [...(await second.mailTo(ada.email)), ...(await harness.mailTo(ada.email))];
          expect(subjects.map(({ subject }) => subject).sort()).toEqual([WELCOME, 'Your order is delivered']);
        },
        { timeoutMs: 20_000 },
      );
    } finally {
      await second.close();
    }
  });
});

describe('an account that is closed', () => {
  it('is written to no more, and nothing personal of it is kept', async () => {
    await harness.close();
    harness = await startHarness(
      {},
      { neighbours: [users.instance, ...['order', 'shipping', 'product'].map((name) => others.instance(name))] },
    );
    const ada = await register();
    await mailsTo(ada, [WELCOME]);
    const productId = crypto.randomUUID();
    await harness.client.requestStockNotice({ userId: ada.id, productId });
    await harness.client.updatePreferences({ preferences: { userId: ada.id, locale: 'de' }, updateMask: ['locale'] });
    await users.client(UserServiceDefinition).deleteUser({ userId: ada.id });
    await eventually(async () => {
      const { notifications } = await harness.client.listNotifications({ userId: ada.id });
      expect(notifications).toMatchObject([
        { template: 'account-welcome', recipient: '', subject: '', body: '', parameters: {} },
      ]);
      expect(notifications[0]?.state).toBe(NotificationState.NOTIFICATION_STATE_SENT);
    });
    expect((await harness.client.listStockNotices({ userId: ada.id })).stockNotices).toEqual([]);
    expect((await harness.client.getPreferences({ userId: ada.id })).preferences?.locale).toBe('');
    await others.write(tellParcel({ userId: ada.id })('DELIVERED'));
    await eventually(async () => {
      const rows = await harness.service.database.rows({ name: 'drafts', text: 'SELECT id FROM draft' });
      expect(rows).toEqual([]);
    });
    expect((await harness.client.listNotifications({ userId: ada.id })).notifications).toHaveLength(1);
  });
});

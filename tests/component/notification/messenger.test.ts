import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { Channel, NotificationState } from '../../../gen/tradewind/notification/v1/notification.ts';
import { createMessenger, type Messenger } from '../../../src/sandbox/messenger/index.ts';
import { eventually } from '../../support/eventually.ts';
import { request, startHarness, type Harness } from './harness.ts';

const { CHANNEL_SMS, CHANNEL_PUSH } = Channel;
const { NOTIFICATION_STATE_DELIVERED, NOTIFICATION_STATE_FAILED, NOTIFICATION_STATE_SENT } = NotificationState;

let directory: string;
let messenger: Messenger;
let harness: Harness;
const start = (port = 0) =>
  createMessenger({ ledgerFile: join(directory, 'ledger.jsonl'), receiptMs: 50, lateMs: 1_000, port });
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tradewind-messenger-'));
  messenger = await start();
  harness = await startHarness({
    MESSENGER_URL: messenger.url,
    MESSENGER_TIMEOUT_MS: '300',
    RECEIPT_INTERVAL_MS: '20',
    NOTIFICATION_MAX_ATTEMPTS: '8',
  });
});
afterAll(async () => {
  await harness.close();
  await messenger.close();
  await rm(directory, { recursive: true });
});

async function send(channel: Channel, recipient: string): Promise<string> {
  const { notification } = await harness.client.sendNotification(request({ channel, recipient }));
  return notification?.id ?? '';
}

/** What the messenger took under our name for a message. */
async function takenFor(notificationId: string) {
  const response = await fetch(`${messenger.url}/v1/operations?limit=100`);
  const { operations } = (await response.json()) as {
    operations: { idempotencyKey: string; channel: string; to: string; title: string; text: string }[];
  };
  return operations.filter(({ idempotencyKey }) => idempotencyKey === notificationId);
}

describe('SMS and push messages', () => {
  it('go to the messenger, and are DELIVERED once their receipts say so', async () => {
    const short = await send(CHANNEL_SMS, '+4915112345678');
    const pushed = await send(CHANNEL_PUSH, 'a-device-token');
    for (const id of [short, pushed]) {
      expect(await harness.until(id, NOTIFICATION_STATE_DELIVERED)).toMatchObject({ attempts: 1, lastError: '' });
    }
    expect(await takenFor(short)).toMatchObject([
      { channel: 'sms', to: '+4915112345678', text: expect.stringContaining('EUR 12.50 is confirmed') },
    ]);
    expect(await takenFor(pushed)).toMatchObject([{ channel: 'push', title: 'Order confirmed' }]);
  });

  it('have FAILED where the messenger refuses them, and where a receipt says that nobody got them', async () => {
    const refused = await send(CHANNEL_SMS, '+15005550001');
    expect(await harness.until(refused, NOTIFICATION_STATE_FAILED)).toMatchObject({
      attempts: 1,
      lastError: 'refused by the messenger: number_unknown',
      sendTime: undefined,
    });
    const lost = await send(CHANNEL_PUSH, 'undeliverable:device');
    expect(await harness.until(lost, NOTIFICATION_STATE_FAILED)).toMatchObject({
      attempts: 1,
      lastError: 'the messenger could not deliver it',
      sendTime: expect.any(Date),
    });
  });

  it.each([
    ['the answer is lost', '+15005550004'],
    ['the answer comes too late', '+15005550005'],
    ['the messenger breaks at first', '+15005550006'],
  ])('go out once where %s and they are sent again', async (_what, number) => {
    const id = await send(CHANNEL_SMS, number);
    const message = await harness.until(id, NOTIFICATION_STATE_DELIVERED);
    expect(message.attempts).toBeGreaterThan(1);
    expect(await takenFor(id)).toHaveLength(1);
  });

  it('stay SENT while there is no receipt', async () => {
    const silent = await send(CHANNEL_SMS, '+15005550003');
    await harness.until(silent, NOTIFICATION_STATE_SENT);
    await eventually(async () => {
      const text = 'SELECT looks FROM awaited_receipt WHERE notification_id = $1';
      const [row] = await harness.service.database.rows<{ looks: number }>({ name: 'looks', text }, [silent]);
      expect(row?.looks).toBeGreaterThan(1);
    });
    await harness.until(silent, NOTIFICATION_STATE_SENT);
  });

  it('wait for a messenger that is away, and then go out', async () => {
    const port = Number(new URL(messenger.url).port);
    await messenger.close();
    const id = await send(CHANNEL_PUSH, 'a-device-token');
    await eventually(async () => {
      const { notification } = await harness.client.getNotification({ notificationId: id });
      expect(notification?.attempts).toBeGreaterThan(0);
    });
    messenger = await start(port);
    await harness.until(id, NOTIFICATION_STATE_DELIVERED);
    expect(await takenFor(id)).toHaveLength(1);
  });
});

import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { Category, Channel, NotificationState } from '../../../gen/tradewind/notification/v1/notification.ts';
import { parseNotificationId } from '../../../src/services/notification/domain.ts';
import { notifications } from '../../../src/services/notification/notification-repository.ts';
import { eventually } from '../../support/eventually.ts';
import { request, startHarness, type Harness } from './harness.ts';

let h: Harness;
beforeAll(async () => (h = await startHarness()));
afterAll(() => h.close());

const { NOTIFICATION_STATE_QUEUED, NOTIFICATION_STATE_SENDING, NOTIFICATION_STATE_SENT, NOTIFICATION_STATE_FAILED } =
  NotificationState;
const send = async (change: object = {}) => (await h.client.sendNotification(request(change))).notification!;

describe('an accepted e-mail', () => {
  it('is QUEUED, then really sent, with a Message-ID made of its id', async () => {
    const accepted = await send();
    expect(accepted).toMatchObject({
      state: NOTIFICATION_STATE_QUEUED,
      category: Category.CATEGORY_ORDER,
      subject: 'Your order is confirmed',
      attempts: 0,
      lastError: '',
      sendTime: undefined,
    });
    const sent = await h.until(accepted.id, NOTIFICATION_STATE_SENT);
    expect(sent).toMatchObject({ attempts: 1, nextAttemptTime: undefined, sendTime: expect.any(Date) });
    const [mail, ...more] = await h.mailTo(accepted.recipient);
    expect(more).toEqual([]);
    expect(mail).toMatchObject({
      messageId: `<${accepted.id}@shop.example>`,
      subject: 'Your order is confirmed',
      from: 'Tradewind <hello@shop.example>',
    });
    expect((await h.mailText(mail!.id)).trim()).toBe(accepted.body.trim());
    expect(accepted.body).toContain('EUR 12.50');
  });

  it('is written in the language of its user', async () => {
    const userId = crypto.randomUUID();
    await h.client.updatePreferences({ preferences: { userId, locale: 'de-AT' } });
    expect((await send({ userId })).subject).toBe('Deine Bestellung ist bestätigt');
  });

  it('is tried again after 451, and sent once', async () => {
    const { id, recipient } = await send({ recipient: `busy+${crypto.randomUUID()}@example.com` });
    const sent = await h.until(id, NOTIFICATION_STATE_SENT);
    expect(sent.attempts).toBe(2);
    expect(sent.lastError).toContain('451');
    expect(await h.mailTo(recipient)).toHaveLength(1);
  });

  it('is FAILED at once after 550', async () => {
    const { id } = await send({ recipient: `refuse+${crypto.randomUUID()}@example.com` });
    const failed = await h.until(id, NOTIFICATION_STATE_FAILED);
    expect(failed).toMatchObject({ attempts: 1, sendTime: undefined, nextAttemptTime: undefined });
    expect(failed.lastError).toContain('550');
  });

  it('is sent after all among many, each once', async () => {
    const accepted = await Promise.all(Array.from({ length: 40 }, () => send()));
    for (const { id, recipient } of accepted) {
      await h.until(id, NOTIFICATION_STATE_SENT);
      expect(await h.mailTo(recipient)).toHaveLength(1);
    }
  });
});

describe('a channel without a provider', () => {
  it.each([
    [Channel.CHANNEL_SMS, '+4915112345678', 'SMS'],
    [Channel.CHANNEL_PUSH, 'device-token-1', 'PUSH'],
  ])('fails the message and says why', async (channel, recipient, name) => {
    const { id } = await send({ channel, recipient });
    const failed = await h.until(id, NOTIFICATION_STATE_FAILED);
    expect(failed).toMatchObject({
      attempts: 0,
      lastError: `no provider for ${name} is configured in this installation`,
    });
  });
});

describe('a mail server that is not there', () => {
  it('delays messages until it is back, also across a restart of the process', async () => {
    const down = await startHarness({ NOTIFICATION_MAX_ATTEMPTS: '1000' });
    try {
      await down.stopSink();
      const { notification } = await down.client.sendNotification(request());
      const waiting = await eventually(async () => {
        const seen = (await down.client.getNotification({ notificationId: notification!.id })).notification!;
        expect(seen.state).toBe(NOTIFICATION_STATE_QUEUED);
        expect(seen.attempts).toBeGreaterThan(1);
        return seen;
      });
      expect(waiting.nextAttemptTime).toBeInstanceOf(Date);
      expect(waiting.lastError).toContain('ECONNREFUSED');
      await down.restart();
      await down.startSink();
      await down.until(notification!.id, NOTIFICATION_STATE_SENT);
      expect(await down.mailTo(notification!.recipient)).toHaveLength(1);
    } finally {
      await down.close();
    }
  });

  it('fails a message after the last attempt', async () => {
    const down = await startHarness();
    try {
      await down.stopSink();
      const { notification } = await down.client.sendNotification(request());
      const failed = await down.until(notification!.id, NOTIFICATION_STATE_FAILED);
      expect(failed.attempts).toBe(4);
      expect(failed.lastError).toContain('given up after 4 attempts');
    } finally {
      await down.close();
    }
  });

  it('is not waited for for ever when it takes the connection and says nothing', async () => {
    const silent = await listen((socket) => socket.resume());
    const stuck = await startHarness({ SMTP_URL: silent.url, SMTP_TIMEOUT_MS: '100', NOTIFICATION_MAX_ATTEMPTS: '2' });
    try {
      const { notification } = await stuck.client.sendNotification(request());
      const failed = await stuck.until(notification!.id, NOTIFICATION_STATE_FAILED);
      expect(failed.attempts).toBe(2);
    } finally {
      await stuck.close();
      await silent.close();
    }
  });

  it('refusing everybody with 5xx at its greeting is not held against the message', async () => {
    const closed = await listen((socket) => socket.end('554 no service here\r\n'));
    const refused = await startHarness({ SMTP_URL: closed.url, NOTIFICATION_MAX_ATTEMPTS: '1000' });
    try {
      const { notification } = await refused.client.sendNotification(request());
      await eventually(async () => {
        const seen = (await refused.client.getNotification({ notificationId: notification!.id })).notification!;
        expect(seen.attempts).toBeGreaterThan(1);
        expect(seen.state).not.toBe(NOTIFICATION_STATE_FAILED);
      });
    } finally {
      await refused.close();
      await closed.close();
    }
  });
});

describe('a sender that dies', () => {
  it('leaves a message that another sends again under the same Message-ID', async () => {
    const { id, recipient } = await send();
    await h.until(id, NOTIFICATION_STATE_SENT);
    // As a crash between the server's 250 and our writing it down leaves it.
    await h.service.database.execute(
      {
        name: 'crash',
        text: `UPDATE notification SET state = 'SENDING', send_time = NULL, due_time = now() WHERE id = $1`,
      },
      [id],
    );
    const sent = await h.until(id, NOTIFICATION_STATE_SENT);
    expect(sent.attempts).toBe(2);
    const mails = await h.mailTo(recipient);
    expect(mails.map(({ messageId }) => messageId)).toEqual([`<${id}@shop.example>`, `<${id}@shop.example>`]);
  });

  it('has no word any more on a message at which another attempt has begun', async () => {
    const [mine, taken] = [await send(), await send()];
    await h.until(mine.id, NOTIFICATION_STATE_SENT);
    await h.until(taken.id, NOTIFICATION_STATE_SENT);
    const { database } = h.service;
    const ids = [mine.id, taken.id];
    await database.execute(
      {
        name: 'begin',
        // Nobody else takes them while we hold them.
        text: `UPDATE notification SET state = 'SENDING', send_time = NULL, due_time = now() + interval '1 hour',
          attempts = CASE WHEN id = $1 THEN 2 ELSE 3 END WHERE id = ANY ($2)`,
      },
      [mine.id, ids],
    );
    const ended = ids.map((id) => ({
      message: { id: parseNotificationId(id), attempts: 2 },
      settlement: { state: 'FAILED' as const, attempts: 2, error: 'given up' },
    }));
    expect([...(await notifications.settle(database, ended))]).toEqual([mine.id]);
    expect((await h.until(mine.id, NOTIFICATION_STATE_FAILED)).lastError).toBe('given up');
    expect(await h.until(taken.id, NOTIFICATION_STATE_SENDING)).toMatchObject({ attempts: 3, lastError: '' });
  });

  it('shares its work with another instance: each message goes out once', async () => {
    const second = await startHarness({}, { database: h.service.testDatabase });
    try {
      const accepted = await Promise.all(Array.from({ length: 40 }, () => send()));
      for (const { id, recipient } of accepted) {
        const { attempts } = await h.until(id, NOTIFICATION_STATE_SENT);
        const mails = [...(await h.mailTo(recipient)), ...(await second.mailTo(recipient))];
        expect([attempts, mails.length]).toEqual([1, 1]);
      }
    } finally {
      await second.close();
    }
  });
});

/** A server that does this with every connection. */
async function listen(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined); // the other side may be gone first
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

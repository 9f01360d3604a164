import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import {
  Category,
  Channel,
  NotificationState,
  type WatchNotificationsResponse,
} from '../../../gen/tradewind/notification/v1/notification.ts';
import { as, failure, violatedFields } from '../../support/service.ts';
import { eventually } from '../../support/eventually.ts';
import { request, startHarness, type Harness } from './harness.ts';

let h: Harness;
beforeAll(async () => (h = await startHarness()));
afterAll(() => h.close());

const id = () => crypto.randomUUID();
const { NOTIFICATION_STATE_SENT, NOTIFICATION_STATE_SUPPRESSED } = NotificationState;
const send = async (change: object = {}) => (await h.client.sendNotification(request(change))).notification!;
const denied = { status: 'PERMISSION_DENIED', reason: 'ACCESS_DENIED' };

describe('SendNotification', () => {
  it('answers a repeat as the first time, also when the message has been sent, and sends once', async () => {
    const command = request();
    const first = await h.client.sendNotification(command);
    await h.until(first.notification!.id, NOTIFICATION_STATE_SENT);
    expect(await h.client.sendNotification(command)).toEqual(first);
    const racers = await Promise.all(Array.from({ length: 10 }, () => h.client.sendNotification(command)));
    racers.forEach((answer) => expect(answer).toEqual(first));
    expect(await h.mailTo(command.recipient)).toHaveLength(1);
  });

  it('does not mind the order of the parameters in a repeat, and refuses another body', async () => {
    const command = request();
    const first = await h.client.sendNotification(command);
    const reversed = Object.fromEntries(Object.entries(command.parameters).reverse());
    expect(await h.client.sendNotification({ ...command, parameters: reversed })).toEqual(first);
    const other = { ...command, recipient: 'eve@example.com' };
    expect(await failure(h.client.sendNotification(other))).toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'REQUEST_ID_REUSED',
    });
  });

  it('makes one message for racers with one request_id', async () => {
    const command = request();
    const answers = await Promise.all(Array.from({ length: 20 }, () => h.client.sendNotification(command)));
    expect(new Set(answers.map(({ notification }) => notification?.id)).size).toBe(1);
    await h.until(answers[0]!.notification!.id, NOTIFICATION_STATE_SENT);
    expect(await h.mailTo(command.recipient)).toHaveLength(1);
  });

  it.each([
    ['an unknown template', { template: 'no-such' }, 'TEMPLATE_UNKNOWN', 'template'],
    [
      'a channel the template has no text for',
      { template: 'account-welcome', channel: Channel.CHANNEL_SMS, parameters: { name: '' } },
      'TEMPLATE_UNKNOWN',
      'template',
    ],
    ['a missing parameter', { parameters: {} }, 'TEMPLATE_PARAMETERS_INVALID', 'parameters["order_total"]'],
    ['several addresses', { recipient: 'a@example.com,b@example.com' }, 'RECIPIENT_INVALID', 'recipient'],
    ['no telephone number', { channel: Channel.CHANNEL_SMS }, 'RECIPIENT_INVALID', 'recipient'],
  ])('refuses %s', async (_what, change, reason, field) => {
    const error = await failure(h.client.sendNotification(request(change)));
    expect(error).toMatchObject({ status: 'INVALID_ARGUMENT', reason, domain: 'notification.tradewind' });
    expect(violatedFields(error)).toContain(field);
  });

  it('is for administrators', async () => {
    const command = request();
    expect(await failure(h.client.sendNotification(command, as(command.userId)))).toMatchObject(denied);
    await h.client.sendNotification(command, as('admin'));
  });
});

describe('preferences', () => {
  it('mute nothing while nothing was said', async () => {
    const userId = id();
    const { preferences } = await h.client.getPreferences({ userId });
    expect(preferences).toMatchObject({ userId, mutedChannels: [], mutedCategories: [], updateTime: undefined });
    expect(preferences?.etag).not.toBe('');
  });

  it('suppress what is muted, from then on, and never what concerns the account', async () => {
    const userId = id();
    const before = await send({ userId });
    await h.client.updatePreferences({ preferences: { userId, mutedCategories: [Category.CATEGORY_ORDER] } });
    const muted = await send({ userId });
    expect(muted).toMatchObject({ state: NOTIFICATION_STATE_SUPPRESSED, attempts: 0 });
    await h.client.updatePreferences({ preferences: { userId, mutedChannels: [Channel.CHANNEL_EMAIL] } });
    const account = await send({ userId, template: 'account-welcome', parameters: { name: 'Ada' } });
    await h.until(before.id, NOTIFICATION_STATE_SENT);
    await h.until(account.id, NOTIFICATION_STATE_SENT);
    expect(await h.mailTo(muted.recipient)).toEqual([]);
    expect((await h.client.getNotification({ notificationId: muted.id })).notification).toEqual(muted);
  });

  it('change by mask, empty named lists, and tell of a lost race', async () => {
    const userId = id();
    const first = await h.client.updatePreferences({
      preferences: { userId, locale: 'de', mutedChannels: [Channel.CHANNEL_SMS] },
      updateMask: ['muted_channels', 'locale'],
    });
    const second = await h.client.updatePreferences({
      preferences: { userId, locale: 'fr', etag: first.preferences!.etag },
      updateMask: ['muted_channels'],
    });
    expect(second.preferences).toMatchObject({ locale: 'de', mutedChannels: [], updateTime: expect.any(Date) });
    const stale = h.client.updatePreferences({ preferences: { userId, locale: 'it', etag: first.preferences!.etag } });
    expect(await failure(stale)).toMatchObject({ status: 'ABORTED', reason: 'ETAG_MISMATCH' });
    expect(await h.client.getPreferences({ userId })).toEqual({ preferences: second.preferences });
  });

  it('let one of many updates with the same etag win, also the first ever', async () => {
    const userId = id();
    const { etag } = (await h.client.getPreferences({ userId })).preferences!;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => h.client.updatePreferences({ preferences: { userId, locale: 'de', etag } })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('refuse paths that cannot be changed, and are their own user only', async () => {
    const userId = id();
    const error = await failure(h.client.updatePreferences({ preferences: { userId }, updateMask: ['update_time'] }));
    expect(error).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'UNKNOWN_FIELD_PATH' });
    expect(violatedFields(error)).toEqual(['update_mask']);
    expect(await failure(h.client.getPreferences({ userId }, as(id())))).toMatchObject(denied);
    expect(await failure(h.client.updatePreferences({ preferences: { userId } }, as(id())))).toMatchObject(denied);
    await h.client.updatePreferences({ preferences: { userId, locale: 'de' } }, as(userId));
  });
});

describe('GetNotification and ListNotifications', () => {
  it('page newest first, with filters', async () => {
    const userId = id();
    const sent = [];
    for (let n = 0; n < 5; n += 1) sent.push(await send({ userId }));
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = await h.client.listNotifications({ userId, pageSize: 2, pageToken });
      seen.push(...page.notifications.map((notification) => notification.id));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual(sent.map((notification) => notification.id).reverse());
    const ofOrder = await h.client.listNotifications({ orderId: sent[2]!.orderId });
    expect(ofOrder.notifications.map((notification) => notification.id)).toEqual([sent[2]!.id]);
    const push = await h.client.listNotifications({ userId, channel: Channel.CHANNEL_PUSH });
    expect(push.notifications).toEqual([]);
    await eventually(async () => {
      const all = await h.client.listNotifications({ userId, state: NOTIFICATION_STATE_SENT });
      expect(all.notifications).toHaveLength(5);
    });
  });

  it('show a customer the own ones only', async () => {
    const [mine, other] = [await send(), await send()];
    const { notifications } = await h.client.listNotifications({}, as(mine.userId));
    expect(notifications.map((notification) => notification.id)).toEqual([mine.id]);
    expect(await failure(h.client.listNotifications({ userId: other.userId }, as(mine.userId)))).toMatchObject(denied);
    expect(await failure(h.client.getNotification({ notificationId: other.id }, as(mine.userId)))).toMatchObject(
      denied,
    );
    expect(await failure(h.client.getNotification({ notificationId: id() }))).toMatchObject({
      status: 'NOT_FOUND',
      reason: 'NOTIFICATION_NOT_FOUND',
    });
  });
});

describe('WatchNotifications', () => {
  /** Reads until the message is in its state; the stream ends with the reading. */
  async function watchUntil(watch: object, last: { id: string; state: NotificationState }, options = {}) {
    const seen: WatchNotificationsResponse[] = [];
    const giveUp = new AbortController();
    const stream = h.client.watchNotifications(watch, { ...options, signal: giveUp.signal });
    for await (const change of stream) {
      seen.push(change);
      if (change.notification?.id === last.id && change.notification.state === last.state) break;
    }
    giveUp.abort();
    const positions = seen.map(({ position }) => position);
    expect(positions).toEqual([...new Set(positions)].sort((left, right) => (left < right ? -1 : 1)));
    return seen;
  }

  it('tells of a message as it is accepted and as it goes on, in rising positions', async () => {
    const userId = id();
    const { watchPosition } = await h.client.listNotifications({ userId });
    const accepted = await send({ userId });
    const watch = { afterPosition: watchPosition, userId };
    const seen = await watchUntil(watch, { id: accepted.id, state: NOTIFICATION_STATE_SENT });
    expect(seen.every(({ notification }) => notification?.id === accepted.id)).toBe(true);
    expect(seen.at(-1)?.notification).toMatchObject({ attempts: 1, subject: accepted.subject });
  });

  it('misses no message that many send at once, resumed again and again', async () => {
    const userId = id();
    let { watchPosition: afterPosition } = await h.client.listNotifications({});
    const sending = Promise.all(Array.from({ length: 60 }, () => send({ userId })));
    const final = new Set<string>();
    while (final.size < 60) {
      const giveUp = new AbortController();
      let received = 0;
      for await (const change of h.client.watchNotifications({ afterPosition, userId }, { signal: giveUp.signal })) {
        expect(change.position).toBeGreaterThan(afterPosition);
        afterPosition = change.position;
        const { id: notificationId, state } = change.notification!;
        if (state === NOTIFICATION_STATE_SENT) {
          expect(final.has(notificationId)).toBe(false);
          final.add(notificationId);
        }
        received += 1;
        if (received === 7 || final.size === 60) break; // and resume from here
      }
      giveUp.abort();
    }
    expect(new Set((await sending).map((notification) => notification.id))).toEqual(final);
  });

  it('waits for a change that takes long to commit instead of passing over it', async () => {
    const userId = id();
    const first = await send({ userId });
    await h.until(first.id, NOTIFICATION_STATE_SENT);
    const { watchPosition } = await h.client.listNotifications({ userId });
    const slow = h.service.database.transaction(async (tx) => {
      await tx.execute(
        { name: 'touch', text: 'UPDATE notification SET position = NULL, last_error = $2 WHERE id = $1' },
        [first.id, 'late'],
      );
      // Another change is made, placed and watched while this one is not committed.
      const second = await send({ userId });
      const after = { afterPosition: watchPosition, userId };
      await watchUntil(after, { id: second.id, state: NOTIFICATION_STATE_SENT });
      return second;
    });
    const second = await slow;
    const seen = await watchUntil(
      { afterPosition: watchPosition, userId },
      { id: first.id, state: NOTIFICATION_STATE_SENT },
    );
    expect(seen.at(-1)?.notification?.lastError).toBe('late');
    expect(seen.map(({ notification }) => notification?.id)).toContain(second.id);
  });

  it('shows a customer the own ones only, from the oldest', async () => {
    const [mine, other] = [await send(), await send()];
    await h.until(mine.id, NOTIFICATION_STATE_SENT);
    const seen = await watchUntil({}, { id: mine.id, state: NOTIFICATION_STATE_SENT }, as(mine.userId));
    expect(new Set(seen.map(({ notification }) => notification?.userId))).toEqual(new Set([mine.userId]));
    const peek = (async () => {
      for await (const _ of h.client.watchNotifications({ userId: other.userId }, as(mine.userId))) break;
    })();
    expect(await failure(peek)).toMatchObject(denied);
  });

  it('is POSITION_EXPIRED from below what is kept', async () => {
    const old = await startHarness({ NOTIFICATION_RETENTION_DAYS: '1' });
    try {
      const sent = [];
      for (let n = 0; n < 2; n += 1) sent.push((await old.client.sendNotification(request())).notification!);
      for (const { id: sentId } of sent) await old.until(sentId, NOTIFICATION_STATE_SENT);
      await eventually(async () => {
        expect((await old.client.listNotifications({})).watchPosition).toBeGreaterThan(1n);
      });
      await old.service.database.execute({
        name: 'age',
        text: `UPDATE notification SET update_time = now() - interval '2 days'`,
      });
      await old.restart(); // it looks at its start
      await eventually(async () => {
        expect((await old.client.listNotifications({})).notifications).toEqual([]);
      });
      const { watchPosition } = await old.client.listNotifications({});
      const expired = (async () => {
        for await (const _ of old.client.watchNotifications({ afterPosition: watchPosition - 1n })) break;
      })();
      expect(await failure(expired)).toMatchObject({ status: 'OUT_OF_RANGE', reason: 'POSITION_EXPIRED' });
      // From where listing says, and from the oldest that is kept, all is well.
      const later = (await old.client.sendNotification(request())).notification!;
      for (const afterPosition of [0n, watchPosition]) {
        for await (const change of old.client.watchNotifications({ afterPosition })) {
          expect(change.notification?.id).toBe(later.id);
          break;
        }
      }
    } finally {
      await old.close();
    }
  });
});

describe('bad input', () => {
  const update = (preferences: object) => h.client.updatePreferences({ preferences: { userId: id(), ...preferences } });
  const watch = async (change: object) => {
    for await (const _ of h.client.watchNotifications(change)) break;
  };
  it.each([
    ['SendNotification without request_id', () => send({ requestId: '' }), 'request_id'],
    ['SendNotification, request_id too long', () => send({ requestId: 'x'.repeat(129) }), 'request_id'],
    ['SendNotification, user_id malformed', () => send({ userId: 'me' }), 'user_id'],
    ['SendNotification without channel', () => send({ channel: 0 }), 'channel'],
    ['SendNotification, unknown channel', () => send({ channel: 42 }), 'channel'],
    ['SendNotification, template in capitals', () => send({ template: 'Order' }), 'template'],
    [
      'SendNotification, parameter too long',
      () => send({ parameters: { name: 'x'.repeat(2001) } }),
      'parameters["name"]',
    ],
    ['SendNotification without recipient', () => send({ recipient: '' }), 'recipient'],
    ['SendNotification, order_id malformed', () => send({ orderId: '1' }), 'order_id'],
    ['GetNotification, id malformed', () => h.client.getNotification({ notificationId: 'x' }), 'notification_id'],
    ['ListNotifications, page_size below zero', () => h.client.listNotifications({ pageSize: -1 }), 'page_size'],
    ['ListNotifications, page_token made up', () => h.client.listNotifications({ pageToken: 'x' }), 'page_token'],
    ['ListNotifications, unknown state', () => h.client.listNotifications({ state: 99 as NotificationState }), 'state'],
    ['GetPreferences without user_id', () => h.client.getPreferences({}), 'user_id'],
    ['UpdatePreferences without preferences', () => h.client.updatePreferences({}), 'preferences'],
    ['UpdatePreferences, user_id malformed', () => update({ userId: '' }), 'preferences.user_id'],
    ['UpdatePreferences, locale malformed', () => update({ locale: 'German!' }), 'preferences.locale'],
    [
      'UpdatePreferences, the account muted',
      () => update({ mutedCategories: [Category.CATEGORY_ACCOUNT] }),
      'preferences.muted_categories[0]',
    ],
    [
      'UpdatePreferences, a channel twice',
      () => update({ mutedChannels: [Channel.CHANNEL_SMS, Channel.CHANNEL_SMS] }),
      'preferences.muted_channels',
    ],
    ['WatchNotifications, position below zero', () => watch({ afterPosition: -1n }), 'after_position'],
    ['WatchNotifications, order_id malformed', () => watch({ orderId: '1' }), 'order_id'],
  ])('%s is INVALID_ARGUMENT and names the field', async (_what, call, field) => {
    const error = await failure(call());
    expect(error.status).toBe('INVALID_ARGUMENT');
    expect(violatedFields(error)).toContain(field);
  });
});

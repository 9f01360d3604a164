import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createMessenger } from '../../../src/sandbox/messenger/index.ts';
import { createApi, createFolder, createSteppedClock } from './support.ts';

const RECEIPT_MS = 1_000;

describe('createMessenger', () => {
  let folder: Awaited<ReturnType<typeof createFolder>>;
  let clock: ReturnType<typeof createSteppedClock>;
  let messenger: Awaited<ReturnType<typeof createMessenger>>;
  const { get, post } = createApi(() => messenger.url);

  const start = () =>
    createMessenger({ ledgerFile: folder.file('ledger.jsonl'), clock, receiptMs: RECEIPT_MS, lateMs: 100 });
  const sms = (to = '+4915112345678', key: string = crypto.randomUUID()) =>
    post('/v1/messages', key, { channel: 'sms', to, text: 'Hello' });
  const push = (to = 'a-device-token', key: string = crypto.randomUUID()) =>
    post('/v1/messages', key, { channel: 'push', to, title: 'News', text: 'Hello' });
  const statuses = async (...ids: readonly string[]) => (await post('/v1/statuses', '', { ids })).body;

  beforeEach(async () => {
    folder = await createFolder();
    clock = createSteppedClock(Date.UTC(2030, 0, 1));
    messenger = await start();
  });
  afterEach(async () => {
    await messenger.close();
    await folder.remove();
  });

  it('takes messages, and has their receipts after a while', async () => {
    const [short, pushed] = [await sms(), await push()];
    expect(short).toMatchObject({ status: 201, body: { channel: 'sms', to: '+4915112345678', status: 'accepted' } });
    const ids = [short.body.id, pushed.body.id];
    const both = (status: string) => ({ statuses: ids.map((id) => ({ id, status })), unknown: ['msg_never'] });
    expect(await statuses(...ids, 'msg_never')).toEqual(both('accepted'));
    clock.advance(RECEIPT_MS);
    expect(await statuses(...ids, 'msg_never')).toEqual(both('delivered'));
    expect((await get(`/v1/messages/${pushed.body.id}`)).body).toMatchObject({ title: 'News', status: 'delivered' });
  });

  it('sends a message once, however often it is asked under one key, also after a restart', async () => {
    const first = await sms(undefined, 'key-1');
    expect(await sms(undefined, 'key-1')).toMatchObject({ body: { id: first.body.id }, replayed: true });
    expect(await sms('+4915187654321', 'key-1')).toMatchObject({
      status: 422,
      body: { error: { code: 'IDEMPOTENCY_KEY_REUSED' } },
    });
    await messenger.close();
    messenger = await start();
    expect((await sms(undefined, 'key-1')).body.id).toBe(first.body.id);
    expect((await get('/v1/operations')).body.operations).toHaveLength(1);
  });

  it('refuses who is nobody, and what is no message', async () => {
    const refused = (refusalCode: string) => ({
      status: 422,
      body: { error: { code: 'RECIPIENT_REFUSED', refusalCode } },
    });
    expect(await sms('+15005550001')).toMatchObject(refused('number_unknown'));
    expect(await push('unknown:device')).toMatchObject(refused('token_unregistered'));
    expect(await sms('0151 12345678')).toMatchObject({ status: 400, body: { error: { code: 'INVALID_REQUEST' } } });
  });

  it('has receipts that say no, and none at all, for those who are so on purpose', async () => {
    const [bad, silent] = [await sms('+15005550002'), await push('silent:device')];
    clock.advance(100 * RECEIPT_MS);
    expect((await statuses(bad.body.id, silent.body.id)).statuses).toEqual([
      { id: bad.body.id, status: 'undeliverable' },
      { id: silent.body.id, status: 'accepted' },
    ]);
  });

  it('loses an answer, breaks once, or for ever, for those who are so on purpose', async () => {
    await expect(sms('+15005550004', 'lost')).rejects.toThrow();
    expect(await sms('+15005550004', 'lost')).toMatchObject({ status: 201, replayed: true });
    expect((await push('busy:device', 'busy')).status).toBe(500);
    expect((await push('busy:device', 'busy')).status).toBe(201);
    expect((await sms('+15005550007')).status).toBe(503);
  });
});

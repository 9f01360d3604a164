import { readFile } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createPaymentProvider } from '../../../src/sandbox/payment-provider/index.ts';
import { eventually } from '../../support/eventually.ts';
import { createApi, createFolder, type Answer } from './support.ts';

describe('createPaymentProvider', () => {
  let folder: Awaited<ReturnType<typeof createFolder>>;
  let provider: Awaited<ReturnType<typeof createPaymentProvider>>;
  const { send, get, post, byKey } = createApi(() => provider.url);

  const start = () => createPaymentProvider({ ledgerFile: folder.file('ledger.jsonl'), lateMs: 300 });
  const authorize = (behaviour: string, key = 'saga-1/authorize', amount = 1999): Promise<Answer> =>
    post('/v1/authorizations', key, { token: `tok_test_${behaviour}`, amount, currency: 'EUR', reference: 'order-1' });
  const summary = async () => (await get('/v1/summary')).body.references[0];
  const card = { number: '4242 4242 4242 4242', expiryMonth: 12, expiryYear: 2099, cvc: '123' };

  beforeEach(async () => {
    folder = await createFolder();
    provider = await start();
  });
  afterEach(async () => {
    await provider.close();
    await folder.remove();
  });

  describe('the way of the money', () => {
    it('goes from card to token to authorization to capture to refunds, and the summary adds up', async () => {
      const token = await post('/v1/tokens', 'card-1', card);
      expect(token).toMatchObject({ status: 201, body: { brand: 'visa', last4: '4242' } });
      const order = { token: token.body.token, amount: 1999, currency: 'EUR', reference: 'order-1' };
      const authorization = await post('/v1/authorizations', 'saga-1/authorize', order);
      expect(authorization).toMatchObject({ status: 201, body: { status: 'AUTHORIZED', amount: 1999, last4: '4242' } });
      expect(await summary()).toMatchObject({ held: 1999, captured: 0 });
      const captured = await post(`/v1/authorizations/${authorization.body.id}/capture`, 'saga-1/capture');
      expect(captured).toMatchObject({ status: 200, body: { status: 'CAPTURED', capture: { amount: 1999 } } });
      const refunds = `/v1/captures/${captured.body.capture.id}/refund`;
      await post(refunds, 'r1', { amount: 500 });
      expect(await post(refunds, 'r2', { amount: 1500 })).toMatchObject({
        status: 422,
        body: { error: { code: 'AMOUNT_TOO_LARGE' } },
      });
      expect(await post(refunds, 'r3')).toMatchObject({ status: 200, body: { capture: { refunded: 1999 } } });
      expect(await post(refunds, 'r4')).toMatchObject({ status: 409, body: { error: { code: 'ALREADY_REFUNDED' } } });
      expect(await summary()).toEqual({
        reference: 'order-1',
        currency: 'EUR',
        held: 0,
        captured: 1999,
        refunded: 1999,
        captures: 1,
        refunds: 2,
        authorizations: 1,
        declined: 0,
      });
    });

    it('never writes a card number down', async () => {
      await post('/v1/tokens', 'card-1', card);
      const ledger = await readFile(folder.file('ledger.jsonl'), 'utf8');
      expect(ledger).toContain('"last4":"4242"');
      expect(ledger).not.toMatch(/4242 ?4242/);
    });

    it('keeps a deleted card for what is authorized and refuses it for more', async () => {
      const { token } = (await post('/v1/tokens', 'card-1', card)).body;
      const order = { token, amount: 5, currency: 'EUR', reference: 'order-1' };
      const { id } = (await post('/v1/authorizations', 'a1', order)).body;
      expect(await send('DELETE', `/v1/tokens/${token}`, 'delete-1')).toMatchObject({ status: 200 });
      expect(await post('/v1/authorizations', 'a2', order)).toMatchObject({
        status: 404,
        body: { error: { code: 'TOKEN_NOT_FOUND' } },
      });
      expect(await post(`/v1/authorizations/${id}/capture`, 'c1')).toMatchObject({ status: 200 });
    });

    it.each([
      ['void twice', ['void', 'void'], 'AUTHORIZATION_VOIDED'],
      ['capture after void', ['void', 'capture'], 'AUTHORIZATION_VOIDED'],
      ['void after capture', ['capture', 'void'], 'AUTHORIZATION_CAPTURED'],
      ['capture twice', ['capture', 'capture'], 'AUTHORIZATION_CAPTURED'],
    ])('refuses to %s with 409', async (_name, actions, code) => {
      const { id } = (await authorize('approve')).body;
      const answers: Answer[] = [];
      for (const [index, action] of actions.entries())
        answers.push(await post(`/v1/authorizations/${id}/${action}`, `k${index}`));
      expect(answers.map(({ status }) => status)).toEqual([200, 409]);
      expect(answers[1]?.body.error.code).toBe(code);
    });

    it('answers 404 for what never happened', async () => {
      expect(await post('/v1/authorizations/auth_x/void', 'k1')).toMatchObject({
        status: 404,
        body: { error: { code: 'AUTHORIZATION_NOT_FOUND' } },
      });
      expect(await post('/v1/captures/cap_x/refund', 'k2')).toMatchObject({
        status: 404,
        body: { error: { code: 'CAPTURE_NOT_FOUND' } },
      });
      expect(await byKey('k1')).toMatchObject({ status: 404, body: { error: { code: 'IDEMPOTENCY_KEY_UNKNOWN' } } });
    });
  });

  describe('test cards', () => {
    it('decline with the issuer’s word, on the record and for good', async () => {
      const declined = { status: 402, body: { error: { code: 'CARD_DECLINED', declineCode: 'insufficient_funds' } } };
      expect(await authorize('insufficient_funds')).toMatchObject(declined);
      expect(await authorize('insufficient_funds')).toMatchObject({ ...declined, replayed: true });
      expect(await summary()).toMatchObject({ declined: 1, held: 0 });
    });

    it('decline at capture and can be voided then', async () => {
      const { id } = (await authorize('capture_declined')).body;
      expect(await post(`/v1/authorizations/${id}/capture`, 'c')).toMatchObject({ status: 402 });
      expect(await post(`/v1/authorizations/${id}/void`, 'v')).toMatchObject({
        status: 200,
        body: { status: 'VOIDED' },
      });
      expect(await summary()).toMatchObject({ held: 0, captured: 0 });
    });

    it('lose the answer, not the effect: the same key gets it', async () => {
      await expect(authorize('authorize_reply_lost')).rejects.toThrow();
      const again = await authorize('authorize_reply_lost');
      expect(again).toMatchObject({ status: 201, replayed: true });
      expect(await byKey('saga-1/authorize')).toMatchObject({
        status: 200,
        body: { status: 'DONE', answer: { body: again.body } },
      });
      expect(await summary()).toMatchObject({ authorizations: 1, held: 1999 });
    });

    it('succeed late: in progress until then, one authorization after it', async () => {
      const first = authorize('authorize_late');
      await eventually(async () => expect((await byKey('saga-1/authorize')).body.status).toBe('IN_PROGRESS'));
      expect(await authorize('authorize_late')).toMatchObject({
        status: 409,
        body: { error: { code: 'IDEMPOTENCY_KEY_IN_USE' } },
      });
      expect(await get('/v1/authorizations?reference=order-1')).toMatchObject({ body: { authorizations: [] } });
      expect(await first).toMatchObject({ status: 201, replayed: false });
      expect(await authorize('authorize_late')).toMatchObject({ status: 201, replayed: true });
      expect(await summary()).toMatchObject({ authorizations: 1 });
    });

    it('succeed at once and answer late: whoever gave up finds it done', async () => {
      const first = authorize('authorize_late_reply');
      const again = await eventually(async () => {
        const { body } = await byKey('saga-1/authorize');
        expect(body.status).toBe('DONE');
        return body.answer.body;
      });
      expect((await first).body).toEqual(again);
    });

    it('fail a number of times under one key, then go through', async () => {
      expect(await authorize('authorize_error_once')).toMatchObject({
        status: 500,
        body: { error: { code: 'PROCESSING_ERROR' } },
      });
      expect(await authorize('authorize_error_once')).toMatchObject({ status: 201, replayed: false });
      const { id } = (await authorize('undo_fails_5_times', 'a2')).body;
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 7; attempt += 1)
        statuses.push((await post(`/v1/authorizations/${id}/void`, 'v')).status);
      expect(statuses).toEqual([503, 503, 503, 503, 503, 200, 200]);
    });

    it('go wrong until they are healed, and decline what they decline all the same', async () => {
      const { id } = (await authorize('capture_declined_undo_fails')).body;
      const release = () => post(`/v1/authorizations/${id}/void`, 'v');
      expect(await release()).toMatchObject({ status: 503, body: { error: { code: 'UNAVAILABLE' } } });
      expect(await send('POST', '/v1/test-cards/capture_declined_undo_fails/heal', undefined, {})).toMatchObject({
        status: 200,
        body: { name: 'capture_declined_undo_fails', healed: true },
      });
      expect(await post(`/v1/authorizations/${id}/capture`, 'c')).toMatchObject({ status: 402 });
      expect(await release()).toMatchObject({ status: 200, body: { status: 'VOIDED' } });
      expect(await send('POST', '/v1/test-cards/no_such/heal', undefined, {})).toMatchObject({
        status: 404,
        body: { error: { code: 'TEST_CARD_UNKNOWN' } },
      });
    });

    it('let an authorization expire', async () => {
      const { id } = (await authorize('authorization_expires')).body;
      await eventually(async () => expect((await get(`/v1/authorizations/${id}`)).body.status).toBe('EXPIRED'));
      expect(await post(`/v1/authorizations/${id}/capture`, 'c')).toMatchObject({
        status: 409,
        body: { error: { code: 'AUTHORIZATION_EXPIRED' } },
      });
      expect(await summary()).toMatchObject({ held: 0 });
    });
  });

  describe('idempotency', () => {
    it('gives 50 racers with one key one effect and one answer', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => authorize('approve')));
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
      const { id } = answers[0]!.body;
      const captures = await Promise.all(
        Array.from({ length: 50 }, (_, racer) => post(`/v1/authorizations/${id}/capture`, `capture-${racer}`)),
      );
      expect(captures.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(captures.filter(({ status }) => status === 409)).toHaveLength(49);
      expect(await summary()).toMatchObject({ authorizations: 1, captures: 1, captured: 1999 });
    });

    it('refuses another request under a used key and demands a key', async () => {
      await authorize('approve');
      expect(await authorize('approve', 'saga-1/authorize', 2000)).toMatchObject({
        status: 422,
        body: { error: { code: 'IDEMPOTENCY_KEY_REUSED' } },
      });
      expect(await send('POST', '/v1/authorizations', undefined, {})).toMatchObject({
        status: 400,
        body: { error: { code: 'IDEMPOTENCY_KEY_MISSING' } },
      });
    });
  });

  describe('bad input', () => {
    const good = { token: 'tok_test_approve', amount: 1, currency: 'EUR', reference: 'order-1' };
    it.each([
      ['a fraction', '/v1/authorizations', { ...good, amount: 19.99 }, 400, 'INVALID_REQUEST'],
      ['nothing', '/v1/authorizations', { ...good, amount: 0 }, 400, 'INVALID_REQUEST'],
      ['text for an amount', '/v1/authorizations', { ...good, amount: '1' }, 400, 'INVALID_REQUEST'],
      ['a currency in lower case', '/v1/authorizations', { ...good, currency: 'eur' }, 400, 'INVALID_REQUEST'],
      ['an unknown field', '/v1/authorizations', { ...good, ammount: 1 }, 400, 'INVALID_REQUEST'],
      ['an unknown token', '/v1/authorizations', { ...good, token: 'tok_x' }, 404, 'TOKEN_NOT_FOUND'],
      ['a wrong check digit', '/v1/tokens', { ...card, number: '4242424242424241' }, 422, 'CARD_NUMBER_INVALID'],
      ['a past month', '/v1/tokens', { ...card, expiryYear: 2020 }, 422, 'CARD_EXPIRED'],
      ['a short security code', '/v1/tokens', { ...card, number: '378282246310005' }, 422, 'CVC_INVALID'],
      ['an unknown network', '/v1/tokens', { ...card, number: '9000000000000001' }, 422, 'CARD_NOT_SUPPORTED'],
    ])('%s is refused', async (_name, path, body, status, code) => {
      expect(await post(path, 'k', body)).toMatchObject({ status, body: { error: { code } } });
      expect((await get('/v1/operations')).body.operations).toEqual([]);
    });

    it('answers what is not JSON, too large, unknown or of the wrong method, and lives', async () => {
      const raw = (body: string, type = 'application/json') =>
        fetch(`${provider.url}/v1/tokens`, {
          method: 'POST',
          body,
          headers: { 'content-type': type, 'idempotency-key': 'k' },
        });
      expect((await raw('{"number":')).status).toBe(400);
      expect((await raw('a=b', 'text/plain')).status).toBe(415);
      expect((await raw(JSON.stringify('x'.repeat(100_000)))).status).toBe(413);
      expect((await get('/v2/tokens')).status).toBe(404);
      expect((await get('/v1/tokens/%E0%A4%A')).status).toBe(400);
      expect((await send('DELETE', '/v1/summary')).status).toBe(405);
      expect((await get('/health')).body).toEqual({ status: 'ok' });
    });
  });

  describe('the ledger', () => {
    it('is read page by page, in order, each operation with its key', async () => {
      for (let index = 1; index <= 5; index += 1) await authorize('approve', `key-${index}`);
      const first = (await get('/v1/operations?limit=3')).body;
      expect(first).toMatchObject({ nextAfter: 3, hasMore: true });
      const rest = (await get(`/v1/operations?limit=3&after=${first.nextAfter}`)).body;
      expect(rest).toMatchObject({ nextAfter: 5, hasMore: false });
      expect([...first.operations, ...rest.operations].map(({ idempotencyKey }) => idempotencyKey)).toEqual(
        [1, 2, 3, 4, 5].map((index) => `key-${index}`),
      );
      expect((await get('/v1/operations?limit=0')).status).toBe(400);
    });
  });
});

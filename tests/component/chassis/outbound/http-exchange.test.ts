import type { Socket } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { AppError, backgroundCall, runInCall, systemClock } from '../../../../src/chassis/core/index.ts';
import { createHttpExchange } from '../../../../src/chassis/outbound/index.ts';
import { startBankServer, type BankAnswer, type BankServer } from '../../../support/bank-server.ts';
import { eventually } from '../../../support/eventually.ts';

describe('createHttpExchange', () => {
  let answer: BankAnswer;
  let server: BankServer;
  let url: string;

  beforeAll(async () => {
    server = await startBankServer((request, response) => answer(request, response));
    url = server.url;
  });
  afterAll(() => server[Symbol.dispose]());

  const exchange = (timeoutMs = 5_000) =>
    createHttpExchange({
      name: 'the bank',
      unavailableReason: 'BANK_UNAVAILABLE',
      url: `${url}/`,
      clock: systemClock,
      timeoutMs,
    });
  const answering = (status: number, body: unknown, headers: Record<string, string> = {}) => {
    answer = (_request, response) => {
      response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
    };
  };
  const get = { method: 'GET', path: '/v1/things' } as const;
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('sends the key and the body, and reads a success by its shape', async () => {
    let seen: Record<string, unknown> = {};
    answer = async (request, response) => {
      const chunks = await request.toArray();
      seen = {
        url: request.url,
        key: request.headers['idempotency-key'],
        body: JSON.parse(Buffer.concat(chunks).toString()),
      };
      response.end('{"id":"a"}');
    };
    const reply = await exchange().send({ method: 'POST', path: '/v1/things?x=1', key: 'k-1', body: { n: 1 } });
    expect(seen).toEqual({ url: '/v1/things?x=1', key: 'k-1', body: { n: 1 } });
    expect(reply.parse(z.object({ id: z.string() }))).toEqual({ id: 'a' });
  });

  it('gives a refusal with its code and the texts beside it', async () => {
    answering(402, { error: { code: 'DECLINED', why: 'no money', retries: 3 } });
    expect(await exchange().send(get)).toMatchObject({ status: 402, code: 'DECLINED', facts: { why: 'no money' } });
  });

  it.each([
    [
      'a refusal that nobody expects',
      404,
      { error: { code: 'GONE' } },
      'the bank answered 404 GONE, which nothing here expects',
    ],
    ['a success of another shape', 200, { no: 'id' }, 'the bank answered 200, which nothing here expects'],
    ['no JSON', 200, '<html>', 'the bank answered 200, which nothing here expects'],
  ])('quotes nothing of %s but the status and the code', async (_what, status, body, message) => {
    answering(status, body);
    const reply = await exchange().send(get);
    expect(() => reply.parse(z.object({ id: z.string() }))).toThrow(new Error(message));
  });

  it.each([
    [500, {}, {}, 500],
    [503, '<html>', { 'retry-after': '3' }, 3_000],
    [429, {}, { 'retry-after': '86400' }, 60_000],
    [408, {}, { 'retry-after': 'tomorrow' }, 500],
    [409, { error: { code: 'IDEMPOTENCY_KEY_IN_USE' } }, { 'retry-after': '1' }, 1_000],
  ])('takes %i %j for "later"', async (status, body, headers, retryDelayMs) => {
    answering(status, body, headers as Record<string, string>);
    expect(await failure(exchange().send(get))).toMatchObject({
      ...{ status: 'UNAVAILABLE', reason: 'BANK_UNAVAILABLE' },
      message: 'the bank did not answer; repeat the call with the same request_id to learn the outcome',
      details: [{ kind: 'retryInfo', retryDelayMs }],
    });
  });

  it.each<[string, BankAnswer]>([
    ['hangs up', (request) => request.socket.destroy()],
    [
      'sends half an answer',
      (request, response) =>
        response.writeHead(200, { 'content-length': '9' }).write('{', () => request.socket.destroy()),
    ],
    ['redirects', (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ])('is unavailable when the other side %s', async (_what, misbehave) => {
    answer = misbehave;
    expect(await failure(exchange().send(get))).toMatchObject({ reason: 'BANK_UNAVAILABLE' });
  });

  it('gives up after its own time-out, and before the deadline of the call', async () => {
    answer = () => {};
    expect(await failure(exchange(50).send(get))).toMatchObject({ reason: 'BANK_UNAVAILABLE' });
    const begun = systemClock.monotonicMs();
    const call = { ...backgroundCall({ callId: '', job: 'test' }), deadlineMs: begun + 300 };
    expect(await failure(runInCall(call, () => exchange().send(get)))).toBeInstanceOf(AppError);
    expect(systemClock.monotonicMs()).toBeLessThan(begun + 300);
  });

  it('tells when a request is about to be sent and how it was answered, with neither ids nor query', async () => {
    const told: object[] = [];
    const bank = exchange();
    bank.events.on('exchangeStarted', (event) => told.push(event));
    bank.events.on('exchangeEnded', (event) => told.push(event));
    answering(402, {});
    await bank.send({ method: 'POST', path: '/v1/idempotency-keys/ik_7f3/card?secret=1' });
    answer = (request) => request.socket.destroy();
    await failure(bank.send(get));
    const card = { method: 'POST', route: '/v1/idempotency-keys/{}/card' };
    const things = { method: 'GET', route: '/v1/things' };
    expect(told).toEqual([
      card,
      { ...card, durationMs: expect.any(Number), status: 402 },
      things,
      { ...things, durationMs: expect.any(Number), status: undefined },
    ]);
  });

  it.each<[string, BankAnswer]>([
    ['nothing', () => {}],
    ['half of it', (_request, response) => response.writeHead(200, { 'content-length': '9' }).write('{')],
  ])('gives up when %s of an answer has come', async (_what, misbehave) => {
    answer = misbehave;
    expect(await failure(exchange(50).send(get))).toMatchObject({ reason: 'BANK_UNAVAILABLE' });
  });

  it('is unavailable when an answer has no end', async () => {
    answer = (_request, response) => {
      const more = () => void (response.destroyed || response.write('x'.repeat(1 << 20), more));
      more();
    };
    expect(await failure(exchange().send(get))).toMatchObject({ reason: 'BANK_UNAVAILABLE' });
  });

  it('uses a connection again, and keeps none once it is closed', async () => {
    const sockets = new Set<unknown>();
    answer = (request, response) => {
      sockets.add(request.socket);
      response.end('{}');
    };
    const one = exchange();
    for (let count = 0; count < 3; count += 1) await one.send(get);
    expect(sockets.size).toBe(1);
    const [socket] = sockets as Set<Socket>;
    one.close();
    await eventually(() => expect(socket?.destroyed).toBe(true));
  });

  it('ends with the call whose caller gave up', async () => {
    const caller = new AbortController();
    answer = () => caller.abort();
    const call = backgroundCall({ callId: '', job: 'test', signal: caller.signal });
    expect(await failure(runInCall(call, () => exchange().send(get)))).toMatchObject({ name: 'AbortError' });
  });
});

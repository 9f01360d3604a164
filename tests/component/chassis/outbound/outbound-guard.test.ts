import type { IncomingMessage, ServerResponse } from 'node:http';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import type { AppError } from '../../../../src/chassis/core/index.ts';
import { backgroundCall, runInCall, systemClock } from '../../../../src/chassis/core/index.ts';
import {
  createHttpExchange,
  createOutboundGuard,
  type OutboundGuardOptions,
} from '../../../../src/chassis/outbound/index.ts';
import { startBankServer, type BankAnswer, type BankServer } from '../../../support/bank-server.ts';
import { eventually } from '../../../support/eventually.ts';

const LENIENT = { maxConcurrent: 100, maxQueued: 100, failureRatio: 0.5, openMs: 60_000 };
const UNAVAILABLE = { status: 'UNAVAILABLE', reason: 'BANK_UNAVAILABLE' };

describe('createOutboundGuard', () => {
  let answer: BankAnswer;
  let requests = 0;
  let server: BankServer;
  let url: string;

  beforeAll(async () => {
    server = await startBankServer((request, response) => {
      requests += 1;
      return answer(request, response);
    });
    url = server.url;
  });
  afterAll(() => server[Symbol.dispose]());
  beforeEach(() => {
    requests = 0;
    answer = (_request, response) => response.end('{}');
  });

  function setUp(options: Partial<OutboundGuardOptions> = {}) {
    const clock = systemClock;
    const guard = createOutboundGuard('the bank', { ...LENIENT, ...options }, { clock });
    const bank = createHttpExchange({
      ...{ name: 'the bank', unavailableReason: 'BANK_UNAVAILABLE', url, clock, timeoutMs: 5_000, guard },
    });
    const ask = (path = '/v1/things') => bank.send({ method: 'GET', path });
    return { guard, bank, ask };
  }
  const failure = (work: Promise<unknown>) => work.then(() => undefined, (error: unknown) => error); // prettier-ignore
  const saying = (status: number) => (_request: IncomingMessage, response: ServerResponse) =>
    response.writeHead(status).end('{}');

  it('sends no more on a route where most failed, says since when, and still sends on the others', async () => {
    const { guard, ask } = setUp();
    answer = saying(503);
    for (let n = 0; n < 20; n++) await failure(ask(`/v1/things/${n}/parts`));
    const error = await failure(ask('/v1/things/21/parts'));
    expect(error).toMatchObject({ ...UNAVAILABLE, cause: { reason: 'CIRCUIT_OPEN' } });
    const [waits] = (error as AppError).details;
    expect(waits?.kind === 'retryInfo' && waits.retryDelayMs).toBeGreaterThan(30_000);
    expect(requests).toBe(20);

    answer = saying(200);
    expect(await ask('/v1/things')).toMatchObject({ status: 200 });
    expect(guard.status().breakers).toMatchObject([
      { subject: 'GET /v1/things/{}/parts', state: { kind: 'open' }, rejections: 1 },
      { subject: 'GET /v1/things', state: { kind: 'closed' }, rejections: 0 },
    ]);
  });

  it('takes refusals for answers', async () => {
    const { guard, ask } = setUp();
    answer = saying(402);
    for (let n = 0; n < 40; n++) await ask();
    expect(guard.status().breakers).toMatchObject([{ state: { kind: 'closed' } }]);
  });

  it('sends again when one after the other succeeded after a while', async () => {
    const { guard, ask } = setUp({ openMs: 20 });
    answer = saying(500);
    for (let n = 0; n < 20; n++) await failure(ask());
    answer = saying(200);
    await eventually(() => expect(ask()).resolves.toMatchObject({ status: 200 }));
    await eventually(() => expect(ask()).resolves.toMatchObject({ status: 200 }));
    expect(guard.status().breakers).toMatchObject([{ state: { kind: 'closed' } }]);
  });

  it('has so many requests on their way at a time, and refuses whom the queue has no room for', async () => {
    const { guard, ask } = setUp({ maxConcurrent: 2, maxQueued: 1 });
    const held: ServerResponse[] = [];
    answer = (_request, response) => held.push(response);
    const asked = [ask(), ask(), ask()];
    await eventually(() => expect(held).toHaveLength(2));
    expect(await failure(ask())).toMatchObject({ ...UNAVAILABLE, cause: { reason: 'BULKHEAD_FULL' } });
    expect(guard.status().bulkheads).toMatchObject([{ inside: 2, queued: 1, rejections: 1 }]);

    held[0]?.end('{}');
    await eventually(() => expect(held).toHaveLength(3));
    held.forEach((response) => response.end('{}'));
    await Promise.all(asked);
    expect(guard.status().bulkheads).toMatchObject([{ inside: 0, queued: 0 }]);
  });

  it('lets a request whose caller gives up leave the queue', async () => {
    const { guard, ask } = setUp({ maxConcurrent: 1, maxQueued: 1 });
    const held: ServerResponse[] = [];
    answer = (_request, response) => held.push(response);
    const first = ask();
    const caller = new AbortController();
    const call = backgroundCall({ callId: '', job: 'test', signal: caller.signal });
    const second = failure(runInCall(call, () => ask()));
    expect(guard.status().bulkheads).toMatchObject([{ queued: 1 }]);
    caller.abort();
    expect(await second).toMatchObject({ name: 'AbortError' });
    await eventually(() => expect(held).toHaveLength(1));
    held[0]?.end('{}');
    await first;
    expect(requests).toBe(1);
  });
});

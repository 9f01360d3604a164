import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Metadata } from 'nice-grpc';

import { createDeferred, type Deferred } from '../../../../src/chassis/core/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { TRANSPORTS, collect, failureOf, serveOver, type Serving } from './serve.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';
const GET = '/tradewind.user.v1.UserService/GetUser';
const USERS = '/tradewind.user.v1.UserService/*';

describe.each(TRANSPORTS)('the limits of a server, over the %s transport', (transport) => {
  let serving: Serving;
  /** Handlers at work, each until it is resolved. */
  let atWork: Deferred<void>[];
  let started: number;
  let limited: string[];

  const get = (timeoutMs = 5_000) =>
    serving.users.getUser({ userId: ID }, { metadata: Metadata({ 'grpc-timeout': `${timeoutMs}m` }) });
  const failure = (timeoutMs?: number) =>
    failureOf(async (onTrailer) =>
      serving.users.getUser(
        { userId: ID },
        { onTrailer, ...(timeoutMs !== undefined && { metadata: Metadata({ 'grpc-timeout': `${timeoutMs}m` }) }) },
      ),
    );
  const limit = (method: string, of: object) =>
    serving.server.callLimits.configure({ methods: { [method]: of }, perCaller: {} });
  const working = (count: number) => eventually(() => expect(atWork).toHaveLength(count));
  const finish = () => atWork.splice(0).forEach((work) => work.resolve());

  beforeEach(async () => {
    atWork = [];
    started = 0;
    limited = [];
    serving = await serveOver(transport, {
      user: {
        async getUser() {
          const work = createDeferred();
          atWork.push(work);
          await work.promise;
          return {};
        },
        async *exportUsers() {
          yield {};
        },
      },
    });
    serving.server.events.on('started', () => (started += 1));
    serving.server.events.on('limited', ({ reason }) => limited.push(reason));
  });
  afterEach(async () => {
    finish();
    await serving[Symbol.asyncDispose]();
  });

  it('let so many calls a second come, and say when the next one may', async () => {
    limit(GET, { ratePerSecond: 0.001, burst: 2 });
    const calls = [get(), get()];
    await working(2);

    const error = await failure();

    expect(error).toMatchObject({ status: 'RESOURCE_EXHAUSTED', reason: 'RATE_LIMITED' });
    expect(error.details.map(({ kind }) => kind)).toEqual(['quotaFailure', 'retryInfo']);
    finish();
    await Promise.all(calls);
    expect([started, limited]).toEqual([2, ['RATE_LIMITED']]);
    expect(serving.server.callLimits.status.methods[GET]).toMatchObject({ tokens: 0, rejections: 1 });
  });

  it('let so many calls be served at a time, and others as those end', async () => {
    limit(GET, { maxConcurrent: 2 });
    const calls = [get(), get()];
    await working(2);
    expect(await failure()).toMatchObject({ status: 'UNAVAILABLE', reason: 'BULKHEAD_FULL' });
    finish();
    await Promise.all(calls);

    const next = get();
    await working(1);
    finish();
    await next;
    expect(serving.server.callLimits.status.methods[GET]?.places).toMatchObject({ inside: 0, rejections: 1 });
  });

  it('let calls wait in order for a place, and no longer than their deadline', async () => {
    limit(GET, { maxConcurrent: 1, maxQueued: 2 });
    const first = get();
    await working(1);
    const second = get();
    await eventually(() => expect(serving.server.callLimits.status.methods[GET]?.places?.queued).toBe(1));

    const late = await failure(100);

    expect(late.status).toMatch(/^(UNAVAILABLE|DEADLINE_EXCEEDED)$/);
    expect(atWork).toHaveLength(1);
    finish();
    await first;
    await working(1);
    finish();
    await second;
    expect(serving.server.callLimits.status.methods[GET]?.places).toMatchObject({ inside: 0, queued: 0 });
  });

  it('keep the place of a call whose caller has gone until its handler is done', async () => {
    limit(GET, { maxConcurrent: 1 });
    await expect(get(50)).rejects.toMatchObject({ code: 4 });
    expect(await failure()).toMatchObject({ reason: 'BULKHEAD_FULL' });
    finish();
    await eventually(() => expect(serving.server.callLimits.status.methods[GET]?.places?.inside).toBe(0));
  });

  it('count all methods of a service together where that is said, streams among them', async () => {
    limit(USERS, { maxConcurrent: 1 });
    const call = get();
    await working(1);
    await expect(collect(serving.users.exportUsers({}))).rejects.toMatchObject({ code: 14 });
    finish();
    await call;
    await eventually(async () => expect(await collect(serving.users.exportUsers({}))).toHaveLength(1));
  });

  it('hold each caller to its own part, and leave health alone', async () => {
    serving.server.callLimits.configure({ methods: {}, perCaller: { maxConcurrent: 1 } });
    const call = get();
    await working(1);
    expect(await failure()).toMatchObject({ reason: 'BULKHEAD_FULL', message: expect.stringContaining('127.0.0.1') });
    expect(await serving.health.check({ service: '' })).toMatchObject({ status: 1 });
    finish();
    await call;
    expect(Object.keys(serving.server.callLimits.status.callers)).toEqual(['127.0.0.1']);
  });

  it('change while calls are inside, and make no sense of nonsense', async () => {
    limit(GET, { maxConcurrent: 1 });
    const call = get();
    await working(1);
    serving.server.callLimits.configure({ methods: {}, perCaller: {} });
    const more = [get(), get()];
    await working(3);
    expect(() => limit(GET, { maxConcurrent: 0.5 })).toThrow(/maxConcurrent/);
    finish();
    await Promise.all([call, ...more]);
  });
});

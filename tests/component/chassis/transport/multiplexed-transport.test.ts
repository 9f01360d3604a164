import { afterEach, describe, expect, it } from '@jest/globals';
import { Metadata } from 'nice-grpc-common';

import type { IncomingUnary, UnaryAnswer, UnaryOutcome } from '../../../../src/chassis/transport/index.ts';
import { eventually } from '../../../support/eventually.ts';
import {
  bytes,
  connect,
  connectShared,
  reply,
  responseOf,
  serveBytes,
  type BytesHandler,
  type ServeOptions,
} from './serve-bytes.ts';

const ECHO = '/test.Bytes/Echo';
const HANG = '/test.Bytes/Hang';
const OTHER = '/test.Bytes/Other';

const echo: BytesHandler = (request) => reply(request);

describe('createMultiplexedTransport', () => {
  let stack = new AsyncDisposableStack();
  afterEach(async () => {
    await stack.disposeAsync();
    stack = new AsyncDisposableStack();
  });

  const serve = async (handlers: Record<string, BytesHandler>, options?: ServeOptions) =>
    stack.use(await serveBytes(handlers, options));
  const shared = async (address: string, limits?: Parameters<typeof connectShared>[1]) =>
    stack.use(await connectShared(address, limits));

  /** A handler that answers when it is told to, or when its call is given up. */
  const hanging = () => {
    const waiting: { readonly call: IncomingUnary; answer(answer: UnaryAnswer): void }[] = [];
    const given: string[] = [];
    const handler: BytesHandler = (_request, call) =>
      new Promise((resolve) => {
        waiting.push({ call, answer: resolve });
        call.onCancel = (reason) => {
          given.push(reason);
          resolve(reply(bytes('too late')));
        };
      });
    return { handler, waiting, given };
  };

  it('carries a call with everything that goes along with it, and its answer with its metadata', async () => {
    const server = await serve({
      [ECHO]: (request, { headers }) => ({
        kind: 'reply',
        response: request,
        header: Metadata({ 'x-first': 'a', 'x-raw-bin': Uint8Array.of(0, 255) }),
        trailer: Metadata({ 'x-last': headers.metadata?.get('x-custom') ?? '' }),
      }),
    });
    const client = await shared(server.address);
    const outcome = await client.call(ECHO, bytes('hello'), {
      callId: 'call-1',
      timeoutMs: 5_000.4,
      isRetry: true,
      authorization: `Bearer ${'t'.repeat(900)}`,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'vendor=1',
      metadata: Metadata({ 'x-custom': 'mine', 'x-token-bin': Uint8Array.of(1, 2, 3) }),
    });
    expect(Buffer.from(responseOf(outcome)).toString()).toBe('hello');
    expect(outcome.kind === 'reply' && outcome.header?.get('x-first')).toBe('a');
    expect(outcome.kind === 'reply' && [...(outcome.header?.get('x-raw-bin') ?? [])]).toEqual([0, 255]);
    expect(outcome.kind === 'reply' && outcome.trailer?.get('x-last')).toBe('mine');

    const [call] = server.calls;
    expect(call).toMatchObject({ path: ECHO, transport: 'multiplexed', malformedHeader: undefined });
    expect(call?.peer).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(call?.headers).toMatchObject({
      callId: 'call-1',
      timeoutMs: 5_001,
      isRetry: true,
      authorization: `Bearer ${'t'.repeat(900)}`,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'vendor=1',
    });
    expect([...(call?.headers.metadata?.get('x-token-bin') ?? [])]).toEqual([1, 2, 3]);
    expect(call?.deadlineMs).toBeGreaterThan(performance.now());
  });

  it('tells the status, message, details and trailers of a failure', async () => {
    const server = await serve({
      [ECHO]: () => ({
        kind: 'failure',
        code: 9,
        message: 'not now: žluťoučký',
        trailer: Metadata({ 'grpc-status-details-bin': Uint8Array.of(8, 9), 'x-why': 'because' }),
        isUnprocessed: false,
      }),
    });
    const client = await shared(server.address);
    const outcome = await client.call(ECHO);
    expect(outcome).toMatchObject({ kind: 'failure', code: 9, message: 'not now: žluťoučký', isUnprocessed: false });
    expect([...(outcome.kind === 'failure' ? (outcome.trailer?.get('grpc-status-details-bin') ?? []) : [])]).toEqual([
      8, 9,
    ]);
    expect(outcome.kind === 'failure' && outcome.trailer?.get('x-why')).toBe('because');
  });

  it('answers each of many calls at a time with its own answer, over several turns of its ids', async () => {
    const server = await serve({ [ECHO]: echo, [OTHER]: (request) => reply(Buffer.concat([request, bytes('!')])) });
    const client = await shared(server.address);
    for (let round = 0; round < 5; round++) {
      const texts = Array.from({ length: 900 }, (_, index) => `${round}/${index}`);
      const answers = await Promise.all(
        texts.map(async (text, index) => {
          const path = index % 2 === 0 ? ECHO : OTHER;
          return Buffer.from(responseOf(await client.call(path, bytes(text)))).toString();
        }),
      );
      expect(answers).toEqual(texts.map((text, index) => (index % 2 === 0 ? text : `${text}!`)));
    }
    expect(server.calls.every(({ transport }) => transport === 'multiplexed')).toBe(true);
    expect(client.transport.inFlight).toBe(0);
    expect(server.service.stats).toMatchObject({ streams: 1, inFlight: 0, started: 4_500, violations: 0 });
  });

  it('has the server end a call at its deadline, whatever its handler answers then', async () => {
    const { handler, given } = hanging();
    const server = await serve({ [HANG]: handler });
    const client = await shared(server.address);
    const startedMs = performance.now();
    expect(await client.call(HANG, bytes(''), { timeoutMs: 100 })).toMatchObject({ kind: 'failure', code: 4 });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(99);
    expect(given).toEqual(['deadline']);
  });

  it('tells a handler that its caller gave up, and the caller CANCELLED at once', async () => {
    const { handler, waiting, given } = hanging();
    const server = await serve({ [HANG]: handler, [ECHO]: echo });
    const client = await shared(server.address);
    const call = client.start(HANG);
    await eventually(() => expect(waiting).toHaveLength(1));
    call.cancel();
    expect(await call.outcome).toMatchObject({ kind: 'failure', code: 1, isUnprocessed: false });
    await eventually(() => expect(given).toEqual(['cancelled']));
    await eventually(() => expect(client.transport.inFlight).toBe(0));
    call.cancel(); // harmless once it has ended
    expect(Buffer.from(responseOf(await client.call(ECHO, bytes('next')))).toString()).toBe('next');
  });

  it('cancels a call in the turn it began in', async () => {
    const { handler, given } = hanging();
    const server = await serve({ [HANG]: handler });
    const client = await shared(server.address);
    const call = client.start(HANG);
    call.cancel();
    expect(await call.outcome).toMatchObject({ kind: 'failure', code: 1 });
    await eventually(() => expect(given).toEqual(['cancelled']));
    await eventually(() => expect(client.transport.inFlight).toBe(0));
  });

  it('keeps the place of a call that was given up until its handler has ended', async () => {
    const answers: ((answer: UnaryAnswer) => void)[] = [];
    const stubborn: BytesHandler = () => new Promise((resolve) => answers.push(resolve));
    const server = await serve({ [HANG]: stubborn }, { limits: { maxConcurrentCalls: 2 } });
    const client = await shared(server.address);
    const calls = [client.start(HANG), client.start(HANG)];
    await eventually(() => expect(answers).toHaveLength(2));
    for (const call of calls) call.cancel();
    const third = client.start(HANG);
    await eventually(() => expect(server.calls).toHaveLength(3));
    expect(server.calls[2]?.transport).toBe('plain');
    for (const answer of answers) answer(reply(bytes('late')));
    expect(responseOf(await third.outcome).length).toBe(4);
    await eventually(() => expect(client.transport.inFlight).toBe(0));
    const fourth = client.start(HANG);
    await eventually(() => expect(server.calls[3]?.transport).toBe('multiplexed'));
    answers.at(-1)?.(reply(bytes('')));
    await fourth.outcome;
  });

  it('makes plain calls of what is beyond its window', async () => {
    const { handler, waiting } = hanging();
    const server = await serve({ [HANG]: handler }, { limits: { maxConcurrentCalls: 3 } });
    const client = await shared(server.address);
    const calls = Array.from({ length: 5 }, () => client.start(HANG));
    await eventually(() => expect(waiting).toHaveLength(5));
    const transports = waiting.map(({ call }) => call.transport).sort();
    expect(transports).toEqual(['multiplexed', 'multiplexed', 'multiplexed', 'plain', 'plain']);
    for (const { answer } of waiting) answer(reply(bytes('done')));
    for (const call of calls) responseOf(await call.outcome);
  });

  it('makes plain calls of what is beyond the bytes outstanding, and of requests and metadata too large to share', async () => {
    const { handler, waiting } = hanging();
    const server = await serve({ [HANG]: handler, [ECHO]: echo }, { limits: { maxOutstandingBytes: 25_000 } });
    const client = await shared(server.address, { maxSharedRequestBytes: 20_000 });
    const calls = [client.start(HANG, new Uint8Array(20_000)), client.start(HANG, new Uint8Array(5_001))];
    await eventually(() => expect(waiting.map(({ call }) => call.transport).sort()).toEqual(['multiplexed', 'plain']));
    for (const { answer } of waiting) answer(reply(bytes('')));
    for (const call of calls) responseOf(await call.outcome);
    const before = server.calls.length;
    responseOf(await client.call(ECHO, new Uint8Array(20_001)));
    const metadata = Metadata({ 'x-large-bin': new Uint8Array(17_000) });
    responseOf(await client.call(ECHO, new Uint8Array(1), { metadata }));
    expect(server.calls.slice(before).map(({ transport }) => transport)).toEqual(['plain', 'plain']);
  });

  it('brings a long reply in fragments, whole', async () => {
    const long = Uint8Array.from({ length: 3_000_001 }, (_, index) => (index * 31) % 251);
    const server = await serve({ [ECHO]: () => reply(long) });
    const client = await shared(server.address);
    const answers = await Promise.all(Array.from({ length: 3 }, () => client.call(ECHO)));
    for (const answer of answers) expect(Buffer.compare(responseOf(answer), long)).toBe(0);
    expect(client.transport.inFlight).toBe(0);
  });

  it('does not let short replies wait for long ones', async () => {
    const server = await serve({ [ECHO]: echo, [OTHER]: () => reply(new Uint8Array(4 * 1024 * 1024)) });
    const client = await shared(server.address);
    const order: string[] = [];
    const long = Array.from({ length: 4 }, () => client.call(OTHER).then(() => order.push('long')));
    for (let index = 0; index < 5; index++) {
      await client.call(ECHO, bytes('short'));
      order.push('short');
    }
    await Promise.all(long);
    expect(order).toEqual([...Array<string>(5).fill('short'), ...Array<string>(4).fill('long')]);
  });

  it('does not let calls wait for a slow handler', async () => {
    const { handler, waiting } = hanging();
    const server = await serve({ [HANG]: handler, [ECHO]: echo });
    const client = await shared(server.address);
    const slow = client.start(HANG);
    for (let index = 0; index < 20; index++) responseOf(await client.call(ECHO, bytes('x')));
    waiting[0]?.answer(reply(bytes('at last')));
    responseOf(await slow.outcome);
  });

  it.each([10, 100_000])('refuses a reply of more than %d bytes, which is more than it takes', async (limit) => {
    const server = await serve({ [ECHO]: (request) => reply(new Uint8Array(Number(Buffer.from(request).toString()))) });
    const client = await shared(server.address, { maxReplyBytes: limit });
    expect(await client.call(ECHO, bytes(String(limit + 1)))).toMatchObject({ kind: 'failure', code: 8 });
    expect(responseOf(await client.call(ECHO, bytes(String(limit))))).toHaveLength(limit);
    expect(client.transport.state.kind).toBe('open');
  });

  it('refuses a reply larger than the server sends', async () => {
    const server = await serve({ [ECHO]: () => reply(new Uint8Array(1_001)) }, { limits: { maxResponseBytes: 1_000 } });
    const client = await shared(server.address);
    expect(await client.call(ECHO)).toMatchObject({
      kind: 'failure',
      code: 8,
      message: 'Sent message larger than max (1001 vs. 1000)',
    });
  });

  it('fails only the call whose messages cannot be written or read', async () => {
    const server = await serve({ [ECHO]: echo });
    const client = await shared(server.address);
    const run = (method: { encodeRequest(): Uint8Array; decodeResponse(): unknown }) =>
      new Promise<UnaryOutcome>((resolve) => {
        const { attempt } = client.start(ECHO, bytes('beside'));
        client.transport.start({ ...attempt, method: { path: ECHO, ...method }, carrier: undefined, done: resolve });
      });
    const broken = () => {
      throw new Error('broken');
    };
    expect(await run({ encodeRequest: broken, decodeResponse: () => 1 })).toMatchObject({ kind: 'failure', code: 13 });
    expect(await run({ encodeRequest: () => bytes('x'), decodeResponse: broken })).toMatchObject({ code: 13 });
    responseOf(await client.call(ECHO));
  });

  it('is UNIMPLEMENTED for a method that the server does not have, call after call', async () => {
    const server = await serve({ [ECHO]: echo });
    const client = await shared(server.address);
    for (let index = 0; index < 3; index++) {
      expect(await client.call('/test.Bytes/Nothing')).toMatchObject({
        code: 12,
        message: 'The server does not implement the method /test.Bytes/Nothing',
      });
    }
    expect(client.transport.state.kind).toBe('open');
  });

  it('writes out the paths that the server does not number', async () => {
    const server = await serve({ [ECHO]: echo, [OTHER]: echo }, { limits: { maxMethods: 1 } });
    const client = await shared(server.address);
    for (const path of [ECHO, OTHER, OTHER, ECHO]) responseOf(await client.call(path));
    expect(server.calls.map(({ path, transport }) => `${transport} ${path}`)).toEqual([
      `multiplexed ${ECHO}`,
      `multiplexed ${OTHER}`,
      `multiplexed ${OTHER}`,
      `multiplexed ${ECHO}`,
    ]);
  });

  it('makes plain calls where the server does not offer it, and asks again on the next connection', async () => {
    const old = await serve({ [ECHO]: echo }, { offers: false });
    const client = stack.use(connect(old.address));
    await eventually(() => expect(client.transport.state.kind).toBe('refused'));
    responseOf(await client.call(ECHO));
    expect(old.calls[0]?.transport).toBe('plain');
    old.kill();
    const renewed = await serve({ [ECHO]: echo }, { port: old.port });
    await eventually(() => expect(client.transport.state.kind).toBe('open'));
    responseOf(await client.call(ECHO));
    expect(renewed.calls[0]?.transport).toBe('multiplexed');
  });

  it('makes plain calls before its stream is open', async () => {
    const server = await serve({ [ECHO]: echo });
    const client = stack.use(connect(server.address));
    expect(client.transport.state.kind).toBe('waiting');
    responseOf(await client.call(ECHO, bytes('early')));
    expect(server.calls[0]?.transport).toBe('plain');
  });

  it('fails what is in flight with UNAVAILABLE when the connection is lost, and opens again on the next one', async () => {
    const { handler, waiting } = hanging();
    const server = await serve({ [HANG]: handler });
    const client = await shared(server.address);
    const lost: unknown[] = [];
    client.transport.events.on('lost', (event) => lost.push(event));
    const calls = [client.start(HANG), client.start(HANG)];
    await eventually(() => expect(waiting).toHaveLength(2));
    server.kill();
    for (const call of calls) {
      expect(await call.outcome).toMatchObject({ kind: 'failure', code: 14, isUnprocessed: false });
    }
    expect(lost).toMatchObject([{ failedCalls: 2, unprocessedCalls: 0 }]);
    const renewed = await serve({ [ECHO]: echo }, { port: server.port });
    await eventually(() => expect(client.transport.state.kind).toBe('open'));
    responseOf(await client.call(ECHO));
    expect(renewed.calls[0]?.transport).toBe('multiplexed');
  });

  it('tells handlers that their caller went away with its connection', async () => {
    const { handler, waiting, given } = hanging();
    const server = await serve({ [HANG]: handler });
    const client = await shared(server.address);
    const calls = [client.start(HANG), client.start(HANG, bytes(''), { timeoutMs: 60_000 })];
    await eventually(() => expect(waiting).toHaveLength(2));
    await client[Symbol.asyncDispose]();
    for (const call of calls) expect(await call.outcome).toMatchObject({ code: 14 });
    await eventually(() => expect(given).toEqual(['cancelled', 'cancelled']));
    await eventually(() => expect(server.service.stats).toMatchObject({ streams: 0, inFlight: 0 }));
  });

  it('lets calls in flight end when the server drains, and calls plainly from then on', async () => {
    const { handler, waiting } = hanging();
    const server = await serve({ [HANG]: handler, [ECHO]: echo });
    const client = await shared(server.address);
    const running = client.start(HANG);
    await eventually(() => expect(waiting).toHaveLength(1));
    const drained = server.service.drain();
    await eventually(() => expect(client.transport.state.kind).toBe('drained'));
    responseOf(await client.call(ECHO));
    expect(server.calls.at(-1)?.transport).toBe('plain');
    waiting[0]?.answer(reply(bytes('done')));
    expect(Buffer.from(responseOf(await running.outcome)).toString()).toBe('done');
    await drained;
    expect(server.service.stats).toMatchObject({ streams: 0, inFlight: 0 });
  });

  it('tells of each call that a draining server never began, and loses none of the others', async () => {
    const server = await serve({ [ECHO]: echo });
    const client = await shared(server.address);
    const outcomes: UnaryOutcome[] = [];
    let isDrained = false;
    const load = async () => {
      while (!isDrained) outcomes.push(await client.start(ECHO, bytes('x')).outcome);
    };
    const workers = Array.from({ length: 100 }, load);
    await eventually(() => expect(outcomes.length).toBeGreaterThan(500));
    await server.service.drain();
    isDrained = true;
    await Promise.all(workers);
    const failed = outcomes.filter(({ kind }) => kind === 'failure');
    for (const outcome of failed) expect(outcome).toMatchObject({ code: 14, isUnprocessed: true });
    expect(server.calls.length).toBe(outcomes.length - failed.length);
  });

  it('fails what is left on it when it is closed', async () => {
    const { handler, waiting } = hanging();
    const server = await serve({ [HANG]: handler });
    const client = await shared(server.address);
    const call = client.start(HANG);
    await eventually(() => expect(waiting).toHaveLength(1));
    client.transport.close();
    expect(await call.outcome).toMatchObject({ code: 14, message: 'the client was closed' });
    expect(client.transport.state).toEqual({ kind: 'closed' });
    client.transport.close();
  });
});

import { Client, compressionAlgorithms, credentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';

import type { IncomingUnary, UnaryAnswer } from '../../../../src/chassis/transport/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { HELLO, callFrame, cancelFrame, openRaw, rawExchange, type RawExchange } from './raw-exchange.ts';
import { bytes, reply, serveBytes, type BytesHandler, type ServeOptions } from './serve-bytes.ts';

const ECHO = '/test.Bytes/Echo';
const HANG = '/test.Bytes/Hang';
const FRAME_OF_UNKNOWN_KIND = Uint8Array.of(10, 4, 0xa2, 6, 1, 7); // frames { 100: bytes }

describe('createTransportService, spoken to by a peer of another make', () => {
  let stack = new AsyncDisposableStack();
  afterEach(async () => {
    await stack.disposeAsync();
    stack = new AsyncDisposableStack();
  });

  const answers: ((answer: UnaryAnswer) => void)[] = [];
  const given: string[] = [];
  const handlers: Record<string, BytesHandler> = {
    [ECHO]: (request) => reply(request),
    [HANG]: (_request, call) =>
      new Promise((resolve) => {
        answers.push(resolve);
        call.onCancel = (reason) => {
          given.push(reason);
          resolve(reply(bytes('late')));
        };
      }),
  };
  afterEach(() => {
    answers.length = 0;
    given.length = 0;
  });
  const serve = async (options?: ServeOptions) => stack.use(await serveBytes(handlers, options));
  const open = (address: string) => stack.use(openRaw(address));
  const echo = (id: number, call: Parameters<typeof callFrame>[0] = {}) => callFrame({ id, path: ECHO, ...call });
  const hang = (id: number) => callFrame({ id, path: HANG });

  it('says first what it takes', async () => {
    const server = await serve({ limits: { maxConcurrentCalls: 7, maxMethods: 3, fragmentBytes: 99 } });
    const peer = open(server.address);
    const [settings] = await peer.received('settings');
    expect(settings).toEqual({
      version: 1,
      maxConcurrentCalls: 7,
      maxOutstandingBytes: 4 * 1024 * 1024,
      maxRequestBytes: 4 * 1024 * 1024,
      maxMetadataBytes: 16 * 1024,
      maxMethods: 3,
      fragmentBytes: 99,
    });
    expect(peer.frames[0]?.$case).toBe('settings');
  });

  it('speaks to a peer that knows a later version', async () => {
    const peer = open((await serve()).address);
    peer.send({ $case: 'settings', value: { version: 9, maxReplyBytes: 0 } }, echo(1, { payload: Buffer.from('hi') }));
    expect((await peer.received('settings'))[0]?.version).toBe(1);
    expect((await peer.received('reply'))[0]?.payload.toString()).toBe('hi');
  });

  it('answers calls whose paths are declared, used by number and written out', async () => {
    const server = await serve();
    const peer = open(server.address);
    peer.send(HELLO, callFrame({ id: 1, method: 1, path: ECHO }), callFrame({ id: 2, method: 1 }), echo(3));
    expect((await peer.received('reply', 3)).map(({ id }) => id).sort()).toEqual([1, 2, 3]);
    expect(server.calls.map(({ path }) => path)).toEqual([ECHO, ECHO, ECHO]);
  });

  it('cuts a long reply into fragments that say how long it is', async () => {
    const peer = open((await serve({ limits: { fragmentBytes: 4 } })).address);
    peer.send(HELLO, echo(1, { payload: Buffer.from('0123456789') }));
    const fragments = await peer.received('fragment', 2);
    expect(peer.frames.find((frame) => frame.$case === 'reply')?.value).toMatchObject({ id: 1, totalBytes: 10 });
    expect(fragments.map(({ payload }) => payload.toString())).toEqual(['4567', '89']);
  });

  it.each<[string, Parameters<RawExchange['send']>]>([
    ['a call came before the settings', [callFrame({ id: 1, path: ECHO })]],
    ['settings came twice', [HELLO, HELLO]],
    ['the settings have no version', [{ $case: 'settings', value: { version: 0, maxReplyBytes: 0 } }]],
    ['a call has no id', [HELLO, callFrame({ path: ECHO })]],
    ['call 1001 is beyond the calls at a time', [HELLO, callFrame({ id: 1_001, path: ECHO })]],
    ['call 4294967295 is beyond the calls at a time', [HELLO, callFrame({ id: 4_294_967_295, path: ECHO })]],
    ['call 1 is in flight', [HELLO, callFrame({ id: 1, path: HANG }), callFrame({ id: 1, path: HANG })]],
    ['method 1 was not declared', [HELLO, callFrame({ id: 1, method: 1 })]],
    ['method 2 is not the next one to declare', [HELLO, callFrame({ id: 1, method: 2, path: ECHO })]],
    ['method 4294967295 is not the next one', [HELLO, callFrame({ id: 1, method: 4_294_967_295, path: ECHO })]],
    [
      'method 1 was declared before',
      [HELLO, callFrame({ id: 1, method: 1, path: ECHO }), callFrame({ id: 2, method: 1, path: HANG })],
    ],
    ['a path is too long', [HELLO, callFrame({ id: 1, path: `/${'x'.repeat(1_024)}` })]],
  ])('ends the stream with INVALID_ARGUMENT: %s', async (message, frames) => {
    const server = await serve();
    const peer = open(server.address);
    peer.send(...frames);
    const { code, details } = await peer.status();
    expect(code).toBe(3);
    expect(details).toContain(`the transport protocol was broken: ${message}`);
    await eventually(() => expect(server.service.stats).toMatchObject({ streams: 0, inFlight: 0, violations: 1 }));
  });

  it('ends the stream with INVALID_ARGUMENT for a number beyond those it keeps', async () => {
    const peer = open((await serve({ limits: { maxMethods: 1 } })).address);
    peer.send(HELLO, callFrame({ id: 1, method: 1, path: ECHO }), callFrame({ id: 2, method: 2, path: HANG }));
    expect((await peer.status()).code).toBe(3);
  });

  it('cancels the calls of a stream that breaks the protocol', async () => {
    const server = await serve();
    const peer = open(server.address);
    peer.send(HELLO, hang(1), callFrame({ id: 2, path: HANG, timeoutMs: 60_000 }));
    await eventually(() => expect(answers).toHaveLength(2));
    peer.sendBytes(Uint8Array.of(0xff, 0xff));
    expect((await peer.status()).code).toBe(3);
    expect(given).toEqual(['cancelled', 'cancelled']);
  });

  it('skips frames and fields that it does not know', async () => {
    const peer = open((await serve()).address);
    peer.send(HELLO);
    peer.sendBytes(FRAME_OF_UNKNOWN_KIND);
    peer.sendBytes(Uint8Array.of(0x98, 6, 1)); // field 99 of the batch
    peer.sendBytes(new Uint8Array(0));
    peer.send(echo(1, { payload: Buffer.from('still here') }));
    expect((await peer.received('reply'))[0]?.payload.toString()).toBe('still here');
  });

  it('ignores a cancel that crossed the end of its call, or names none', async () => {
    const peer = open((await serve()).address);
    peer.send(HELLO, echo(1));
    await peer.received('reply');
    peer.send(cancelFrame(1), cancelFrame(77), cancelFrame(4_294_967_295), cancelFrame(0), echo(1));
    await peer.received('reply', 2);
    expect(peer.hasEnded).toBe(false);
  });

  it('ends a cancelled call with a failure, and its id is free again', async () => {
    const peer = open((await serve()).address);
    peer.send(HELLO, hang(1));
    await eventually(() => expect(answers).toHaveLength(1));
    peer.send(cancelFrame(1), cancelFrame(1));
    expect(await peer.received('failure')).toMatchObject([{ id: 1, code: 1 }]);
    peer.send(echo(1));
    await peer.received('reply');
    expect(given).toEqual(['cancelled']);
  });

  it('stops a long reply in its middle when it is cancelled', async () => {
    const peer = open((await serve({ limits: { fragmentBytes: 1_000 } })).address);
    peer.send(HELLO, echo(1, { payload: Buffer.alloc(3_000_000) }));
    await peer.received('fragment');
    peer.send(cancelFrame(1));
    expect(await peer.received('failure')).toMatchObject([{ id: 1, code: 1 }]);
    expect(peer.frames.filter(({ $case }) => $case === 'fragment').length).toBeLessThan(2_998);
    peer.send(echo(1));
    await eventually(() => expect(peer.frames.at(-1)).toMatchObject({ $case: 'reply', value: { id: 1 } }));
  });

  it('refuses alone the call that is beyond a limit of one call', async () => {
    const limits = { maxRequestBytes: 10, maxMetadataBytes: 20, maxOutstandingBytes: 15 };
    const peer = open((await serve({ limits })).address);
    const hanging = callFrame({ id: 5, path: HANG, payload: Buffer.alloc(10) });
    const large = { key: 'x-a', value: { $case: 'text', value: 'x'.repeat(18) } } as const;
    peer.send(HELLO, echo(1, { payload: Buffer.alloc(11) }), echo(2, { metadata: [large] }), hanging);
    peer.send(echo(3, { payload: Buffer.alloc(6) }), callFrame({ id: 4, path: '/no/Such' }), echo(6));
    const failures = await peer.received('failure', 4);
    expect(failures).toMatchObject([
      { id: 1, code: 8, message: 'Received message larger than max (11 vs. 10)', unprocessed: false },
      { id: 2, code: 8, message: 'Received metadata larger than max (21 vs. 20)', unprocessed: false },
      { id: 3, code: 14, unprocessed: true },
      { id: 4, code: 12 },
    ]);
    expect((await peer.received('reply')).map(({ id }) => id)).toEqual([6]);
  });

  it.each<[string, Parameters<typeof callFrame>[0], string]>([
    ['a line feed in a call id', { callId: 'a\nb' }, 'x-tradewind-call-id'],
    ['a traceparent that is no ASCII', { traceparent: 'ž' }, 'traceparent'],
    ['a key in capitals', { metadata: [{ key: 'X-A', value: { $case: 'text', value: '' } }] }, 'X-A'],
    ['a text under a binary key', { metadata: [{ key: 'a-bin', value: { $case: 'text', value: 'x' } }] }, 'a-bin'],
    ['bytes under a text key', { metadata: [{ key: 'a', value: { $case: 'binary', value: Buffer.of(1) } }] }, 'a'],
    ['no key', { metadata: [{ key: '', value: undefined }] }, 'metadata'],
    [
      'a header that has a field',
      { metadata: [{ key: 'authorization', value: { $case: 'text', value: 'Bearer x' } }] },
      'authorization',
    ],
  ])('names the header that gRPC does not allow: %s', async (_what, call, name) => {
    const server = await serve();
    const peer = open(server.address);
    peer.send(HELLO, echo(1, call));
    await peer.received('reply');
    const [seen] = server.calls as readonly [IncomingUnary];
    expect(seen.malformedHeader).toBe(name);
  });

  it('drops what only the server itself may write into a header', async () => {
    const server = await serve();
    const peer = open(server.address);
    const text = (key: string) => ({ key, value: { $case: 'text', value: '1' } }) as const;
    peer.send(HELLO, echo(1, { metadata: [text('x-tradewind-internal-deadline'), text('x-mine')] }));
    await peer.received('reply');
    expect([...(server.calls[0]?.headers.metadata ?? [])]).toEqual([['x-mine', ['1']]]);
    expect(server.calls[0]?.malformedHeader).toBeUndefined();
  });

  it('answers what was begun after the client half-closed, and ends with OK', async () => {
    const peer = open((await serve()).address);
    peer.send(HELLO, hang(1));
    await eventually(() => expect(answers).toHaveLength(1));
    peer.stream.end();
    answers[0]?.(reply(bytes('goodbye')));
    expect((await peer.status()).code).toBe(0);
    expect(peer.frames.at(-1)).toMatchObject({ $case: 'reply', value: { id: 1 } });
  });

  it('says which calls it began when it drains, answers those and no others, and ends with OK', async () => {
    const server = await serve();
    const peer = open(server.address);
    peer.send(HELLO, echo(1), hang(2));
    await eventually(() => expect(answers).toHaveLength(1));
    const drained = server.service.drain();
    expect(await peer.received('drain')).toEqual([{ lastStarted: 2n }]);
    peer.send(echo(3), echo(4));
    await eventually(() => expect(server.service.stats.streams).toBe(1));
    const late = open(server.address);
    expect(await late.status()).toMatchObject({ code: 14, details: 'the server is draining' });
    answers[0]?.(reply(bytes('done')));
    await drained;
    expect((await peer.status()).code).toBe(0);
    expect(peer.frames.flatMap((frame) => (frame.$case === 'reply' ? [frame.value.id] : [])).sort()).toEqual([1, 2]);
    expect(peer.frames.filter(({ $case }) => $case === 'failure')).toEqual([]);
  });

  it('ends everything with UNAVAILABLE when it is closed', async () => {
    const server = await serve();
    const peer = open(server.address);
    peer.send(HELLO, hang(1));
    await eventually(() => expect(answers).toHaveLength(1));
    const drained = server.service.drain();
    server.service.close();
    await drained;
    expect(await peer.status()).toMatchObject({ code: 14, details: 'the server is shutting down' });
    expect(given).toEqual(['cancelled']);
    server.service.close();
  });

  it('takes a few streams of one connection, and more again once they have ended', async () => {
    const server = await serve({ limits: { maxStreamsPerPeer: 2 } });
    const client = new Client(server.address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
    stack.defer(() => client.close());
    const [first, second] = [rawExchange(client), rawExchange(client)];
    await Promise.all([first.received('settings'), second.received('settings')]);
    expect(await rawExchange(client).status()).toMatchObject({ code: 8 });
    first.stream.end();
    await first.status();
    await rawExchange(client).received('settings');
    expect(server.service.stats).toMatchObject({ streams: 2, refused: 1 });
  });

  it('stops reading from a peer that does not read its answers, and goes on when it does', async () => {
    const server = await serve({ limits: { maxWaitingBytes: 100_000 } });
    const peer = open(server.address);
    await peer.received('settings');
    peer.stream.pause();
    const payload = Buffer.alloc(10_000);
    peer.send(HELLO);
    const total = 3_000;
    let sent = 0;
    // One at a time would wait for ever: ids are used again as a peer may that knows they are free.
    for (; sent < total; sent++) peer.send(echo((sent % 900) + 1, { payload }));
    let last = -1;
    await eventually(
      () => {
        const { started } = server.service.stats;
        const isStill = started === last;
        last = started;
        expect(isStill).toBe(true);
        expect(started).toBeGreaterThan(0);
      },
      { intervalMs: 300 },
    );
    expect(server.service.stats.started).toBeLessThan(total / 2);
    peer.stream.resume();
    await peer.received('reply', total);
    expect(peer.hasEnded).toBe(false);
  });

  it.each([
    ['as it is', {}],
    ['compressed to nearly nothing', { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip }],
  ])('ends the stream with RESOURCE_EXHAUSTED for a batch that is too large, %s', async (_how, options) => {
    const server = await serve({ server: { 'grpc.max_receive_message_length': 1_000_000 } });
    const victim = open(server.address);
    victim.send(HELLO, hang(1));
    const peer = stack.use(openRaw(server.address, { 'grpc.max_send_message_length': -1, ...options }));
    peer.send(HELLO, echo(1, { payload: Buffer.alloc(50_000_000) }));
    expect((await peer.status()).code).toBe(8);
    await eventually(() => expect(server.service.stats.streams).toBe(1));
    await eventually(() => expect(answers).toHaveLength(1));
    answers[0]?.(reply(bytes('unharmed')));
    expect((await victim.received('reply'))[0]?.payload.toString()).toBe('unharmed');
  });
});

import { afterEach, describe, expect, it } from '@jest/globals';

import type { Reply, ServerFrame } from '../../../../gen/tradewind/transport/v1/transport.ts';
import type { StreamEnd } from '../../../../src/chassis/transport/call-stream.ts';
import { eventually } from '../../../support/eventually.ts';
import { WELCOME, startScriptedServer, type ScriptedStream } from './scripted-server.ts';
import { bytes, connect, connectShared, responseOf, type Connected } from './serve-bytes.ts';

const PATH = '/test.Bytes/Echo';
const QUICK = { reopen: { baseMs: 1, maxMs: 20 } };

type Frame = NonNullable<ServerFrame['frame']>;
const replyFrame = (id: number, text: string, totalBytes?: number): Frame => ({
  $case: 'reply',
  value: { id, payload: Buffer.from(text), header: [], trailer: [], totalBytes } as Reply,
});
const fragmentFrame = (id: number, text: string): Frame => ({
  $case: 'fragment',
  value: { id, payload: Buffer.from(text) },
});

describe('createMultiplexedTransport, with a server of another make', () => {
  let stack = new AsyncDisposableStack();
  afterEach(async () => {
    await stack.disposeAsync();
    stack = new AsyncDisposableStack();
  });

  const script = async (onStream?: (stream: ScriptedStream, index: number) => void) =>
    stack.use(await startScriptedServer(onStream));
  const shared = async (address: string) => stack.use(await connectShared(address, QUICK));
  const start = async (client: Connected, stream: ScriptedStream | undefined, count: number) => {
    const calls = Array.from({ length: count }, (_, index) => client.start(PATH, bytes(String(index))));
    await eventually(() => expect(stream?.calls).toHaveLength(count));
    return calls;
  };

  it('says its settings first, and declares a path once', async () => {
    const server = await script();
    const client = await shared(server.address);
    await start(client, server.streams[0], 2);
    const [settings, first, second] = server.streams[0]?.frames ?? [];
    expect(settings).toMatchObject({ $case: 'settings', value: { version: 1, maxReplyBytes: 4 * 1024 * 1024 } });
    expect(first).toMatchObject({ $case: 'call', value: { id: 1, method: 1, path: PATH } });
    expect(second).toMatchObject({ $case: 'call', value: { id: 2, method: 1, path: '' } });
  });

  it('takes answers in any order, and fragments between them', async () => {
    const server = await script();
    const client = await shared(server.address);
    const [one, two] = await start(client, server.streams[0], 2);
    server.streams[0]?.send(replyFrame(2, 'lo', 5), replyFrame(1, 'short'), fragmentFrame(2, 'ng!'));
    expect(Buffer.from(responseOf(await one!.outcome)).toString()).toBe('short');
    expect(Buffer.from(responseOf(await two!.outcome)).toString()).toBe('long!');
  });

  it('gives a call the id of one that has ended, never of one in flight', async () => {
    const server = await script();
    const client = await shared(server.address);
    const [one, two, three] = await start(client, server.streams[0], 3);
    server.streams[0]?.send(replyFrame(1, 'one'));
    await one!.outcome;
    const four = client.start(PATH);
    await eventually(() => expect(server.streams[0]?.calls.map(({ id }) => id)).toEqual([1, 2, 3, 1]));
    server.streams[0]?.send(replyFrame(3, 'three'), replyFrame(1, 'four'), replyFrame(2, 'two'));
    const texts = await Promise.all([two, three, four].map(async (call) => responseOf(await call!.outcome)));
    expect(texts.map((text) => Buffer.from(text).toString())).toEqual(['two', 'three', 'four']);
  });

  it('takes the answers that came right before the end of their stream', async () => {
    const server = await script();
    const client = await shared(server.address);
    const calls = await start(client, server.streams[0], 10);
    for (let id = 1; id <= 10; id++) server.streams[0]?.send(replyFrame(id, 'in time'));
    server.streams[0]?.end({ code: 14, details: 'gone' });
    for (const call of calls) responseOf(await call.outcome);
  });

  it('fails at a drain the calls that were never begun, as unprocessed, and waits for the others', async () => {
    const server = await script();
    const client = await shared(server.address);
    const drained: unknown[] = [];
    client.transport.events.on('drained', (event) => drained.push(event));
    const [one, two, three] = await start(client, server.streams[0], 3);
    server.streams[0]?.send({ $case: 'drain', value: { lastStarted: 1n } });
    for (const call of [two, three]) {
      expect(await call!.outcome).toMatchObject({ kind: 'failure', code: 14, isUnprocessed: true });
    }
    expect(drained).toEqual([{ unprocessedCalls: 2 }]);
    server.streams[0]?.send(replyFrame(1, 'done'));
    expect(Buffer.from(responseOf(await one!.outcome)).toString()).toBe('done');
    server.streams[0]?.end();
    await eventually(() => expect(client.transport.inFlight).toBe(0));
    expect(client.transport.state.kind).toBe('drained');
  });

  it('opens its stream again after waits when only the stream is lost', async () => {
    const server = await script((stream, index) => {
      if (index >= 3) return stream.send(WELCOME);
      stream.end({ code: 14, details: 'not yet' });
    });
    const client = stack.use(connect(server.address, QUICK));
    const lost: unknown[] = [];
    client.transport.events.on('lost', (event) => lost.push([event, client.transport.state]));
    await eventually(() => expect(client.transport.state.kind).toBe('open'));
    const end = { code: 14, message: 'not yet', failedCalls: 0, unprocessedCalls: 0 };
    expect(lost).toEqual([1, 2, 3].map((failures) => [end, { kind: 'backing off', failures }]));
    const [call] = await start(client, server.streams[3], 1);
    server.streams[3]?.end({ code: 13, details: 'gone' });
    expect(await call!.outcome).toMatchObject({ code: 14, message: 'gone', isUnprocessed: false });
    expect(lost[3]).toMatchObject([{ code: 13, failedCalls: 1 }, { failures: 1 }]);
    await eventually(() => expect(client.transport.state.kind).toBe('open'));
    expect(server.streams).toHaveLength(5);
  });

  it.each<[string, Frame[]]>([
    ['call 7 is not in flight', [replyFrame(7, 'x')]],
    [
      'call 0 is not in flight',
      [{ $case: 'failure', value: { id: 0, code: 1, message: '', trailer: [], unprocessed: false } }],
    ],
    ['settings came twice', [WELCOME]],
    ['a fragment of call 1 has no reply before it', [fragmentFrame(1, 'x')]],
    ['the reply of call 1 is too long', [replyFrame(1, 'ab', 3), fragmentFrame(1, 'cd')]],
  ])(
    'ends a stream whose server breaks the protocol, its calls INTERNAL, and opens another: %s',
    async (why, frames) => {
      const server = await script();
      const client = await shared(server.address);
      const lost: StreamEnd[] = [];
      client.transport.events.on('lost', (event) => lost.push(event));
      const [call] = await start(client, server.streams[0], 1);
      server.streams[0]?.send(...frames);
      const message = `the peer broke the transport protocol: ${why}`;
      expect(await call!.outcome).toMatchObject({ code: 13, message, isUnprocessed: false });
      expect(lost).toMatchObject([{ code: 13, message, failedCalls: 1 }]);
      await eventually(() => expect(server.streams).toHaveLength(2));
    },
  );

  it('does the same for bytes that are no frames, and for a version it does not know', async () => {
    const server = await script((stream, index) => {
      if (index === 0) stream.sendBytes(Uint8Array.of(10, 200, 1));
      else if (index === 1) stream.send({ ...WELCOME, value: { ...WELCOME.value, version: 2 } } as Frame);
      else stream.send(WELCOME);
    });
    const client = stack.use(connect(server.address, QUICK));
    await eventually(() => expect(client.transport.state.kind).toBe('open'));
    expect(server.streams).toHaveLength(3);
  });

  it('skips frames that it does not know', async () => {
    const server = await script();
    const client = await shared(server.address);
    const [call] = await start(client, server.streams[0], 1);
    server.streams[0]?.sendBytes(Uint8Array.of(10, 4, 0xa2, 6, 1, 7));
    server.streams[0]?.send(replyFrame(1, 'fine'));
    expect(Buffer.from(responseOf(await call!.outcome)).toString()).toBe('fine');
  });

  it('knows which calls never left it when the stream is lost, and holds back when the server does not read', async () => {
    const roomy = { maxConcurrentCalls: 1_000, maxOutstandingBytes: 100_000_000, maxRequestBytes: 100_000 };
    const welcome = { ...WELCOME, value: { ...WELCOME.value, ...roomy } } as Frame;
    const server = stack.use(await startScriptedServer((stream) => stream.send(welcome), { reads: false }));
    const client = await shared(server.address);
    const lost: StreamEnd[] = [];
    client.transport.events.on('lost', (event) => lost.push(event));
    const calls = Array.from({ length: 500 }, () => client.start(PATH, new Uint8Array(20_000)));
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    server.streams[0]?.end({ code: 14, details: 'gone' });
    const outcomes = await Promise.all(calls.map(({ outcome }) => outcome));
    const unprocessed = outcomes.map((outcome) => outcome.kind === 'failure' && outcome.isUnprocessed);
    const left = unprocessed.indexOf(true);
    expect(left).toBeGreaterThan(0);
    expect(unprocessed).toEqual([...Array<boolean>(left).fill(false), ...Array<boolean>(500 - left).fill(true)]);
    expect(lost).toMatchObject([{ failedCalls: 500, unprocessedCalls: 500 - left }]);
  });

  it('keeps the id of a call that was given up until its last frame has come', async () => {
    const server = await script();
    const client = await shared(server.address);
    const [first] = await start(client, server.streams[0], 1);
    first!.cancel();
    expect(await first!.outcome).toMatchObject({ code: 1 });
    const second = client.start(PATH);
    await eventually(() => expect(server.streams[0]?.calls.map(({ id }) => id)).toEqual([1, 2]));
    server.streams[0]?.send(replyFrame(1, 'nobody waits'), replyFrame(2, 'for me'));
    expect(Buffer.from(responseOf(await second.outcome)).toString()).toBe('for me');
    client.start(PATH);
    client.start(PATH);
    await eventually(() => expect(server.streams[0]?.calls.map(({ id }) => id).sort()).toEqual([1, 1, 2, 2]));
  });

  it('makes plain calls while the server says nothing', async () => {
    const server = await script(() => undefined);
    const client = stack.use(connect(server.address));
    await eventually(() => expect(client.transport.state.kind).toBe('opening'));
    expect(await client.call(PATH)).toMatchObject({ kind: 'failure', code: 12 }); // it has no such method
    expect(server.streams[0]?.calls).toEqual([]);
  });
});

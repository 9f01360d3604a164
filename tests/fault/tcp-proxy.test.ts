import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { describe, expect, it } from '@jest/globals';

import { eventually } from '../support/eventually.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** A server that says everything again, and remembers what it heard. */
async function startRepeater() {
  const sockets = new Set<Socket>();
  let heard = '';
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      heard += String(chunk);
      socket.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    heard: () => heard,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A connection through the proxy; what came back, and how it ended. */
async function dial(proxy: TcpProxy) {
  const socket = connect(proxy.port, '127.0.0.1');
  const seen = { text: '', end: undefined as string | undefined };
  socket.on('data', (chunk) => (seen.text += String(chunk)));
  socket.on('error', (error: NodeJS.ErrnoException) => (seen.end ??= error.code));
  socket.on('close', () => (seen.end ??= 'closed'));
  await eventually(() => expect(socket.connecting).toBe(false));
  return { socket, seen, [Symbol.dispose]: () => void socket.destroy() };
}

describe('startTcpProxy', () => {
  it('passes everything on, and ends as well', async () => {
    await using repeater = await startRepeater();
    await using proxy = await startTcpProxy(repeater.address);
    using line = await dial(proxy);
    const large = 'x'.repeat(3_000_000);

    line.socket.write(large);
    await eventually(() => expect(line.seen.text.length).toBe(large.length));
    line.socket.end();
    await eventually(() => expect(line.seen.end).toBe('closed'));
    await eventually(() => expect(proxy.connections).toBe(0));
  });

  it('holds everything back in a black hole, and passes it on when healed', async () => {
    await using repeater = await startRepeater();
    await using proxy = await startTcpProxy(repeater.address);
    using old = await dial(proxy);
    old.socket.write('a');
    await eventually(() => expect(old.seen.text).toBe('a'));

    await proxy.set({ kind: 'black hole' });
    using fresh = await dial(proxy);
    const passed = proxy.passedBytes;
    old.socket.write('b');
    fresh.socket.write('c');
    await eventually(() => expect(proxy.connections).toBe(2));
    expect([proxy.passedBytes, old.seen, fresh.seen]).toEqual([passed, { text: 'a' }, { text: '' }]);

    await proxy.set({ kind: 'none' });
    await eventually(() => expect([old.seen.text, fresh.seen.text]).toEqual(['ab', 'c']));
  });

  it('passes one direction of a half-open link', async () => {
    await using repeater = await startRepeater();
    await using proxy = await startTcpProxy(repeater.address);
    using line = await dial(proxy);
    await proxy.set({ kind: 'half open', passes: 'to server' });

    line.socket.write('a');
    await eventually(() => expect(repeater.heard()).toBe('a'));
    expect(line.seen.text).toBe('');
  });

  it('delays without mixing up the order', async () => {
    await using repeater = await startRepeater();
    await using proxy = await startTcpProxy(repeater.address);
    using line = await dial(proxy);
    await proxy.set({ kind: 'delay', ms: 60 });

    const startedAt = performance.now();
    for (const text of ['a', 'b', 'c']) line.socket.write(text);
    await eventually(() => expect(line.seen.text).toBe('abc'));
    expect(performance.now() - startedAt).toBeGreaterThan(110);
  });

  it('resets, refuses, and listens again on the same port', async () => {
    await using repeater = await startRepeater();
    await using proxy = await startTcpProxy(repeater.address);
    using first = await dial(proxy);

    await proxy.set({ kind: 'reset' });
    await eventually(() => expect(first.seen.end).toBe('ECONNRESET'));
    using second = await dial(proxy);
    await eventually(() => expect(second.seen.end).toBe('ECONNRESET'));

    await proxy.set({ kind: 'refuse' });
    using third = await dial(proxy);
    await eventually(() => expect(third.seen.end).toBe('ECONNREFUSED'));

    await proxy.set({ kind: 'none' });
    using fourth = await dial(proxy);
    fourth.socket.write('d');
    await eventually(() => expect(fourth.seen.text).toBe('d'));
    proxy.cut();
    await eventually(() => expect(fourth.seen.end).toBe('ECONNRESET'));
  });
});

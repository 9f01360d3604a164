import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import type { Random } from '../../../src/chassis/core/index.ts';

/** Something that no client of HTTP/2 does, and whether the server has to end the connection for it. */
export interface HostileConnection {
  readonly name: string;
  /** False: it is merely to be borne. */
  readonly isEnded: boolean;
  /** The bytes to send, in pieces. */
  readonly bytes: (random: Random) => Iterable<Buffer>;
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8, continuation: 9 };
const END_HEADERS = 4;
const END_STREAM = 1;

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HPACK without compression or indexing: name and value as they are. */
function header(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0]), hpackText(name), hpackText(value)]);
}

function hpackText(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length: number[] = [];
  let rest = bytes.length;
  if (rest < 127) length.push(rest);
  else {
    length.push(127);
    for (rest -= 127; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

const CALL = Buffer.concat([
  header(':method', 'POST'),
  header(':scheme', 'http'),
  header(':authority', 'victim'),
  header(':path', '/tradewind.test.v1.CounterService/Read'),
  header('content-type', 'application/grpc'),
  header('te', 'trailers'),
]);
const OPENING = Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0)]);

function noise(random: Random, length: number): Buffer {
  return Buffer.from(random.bytes(length));
}

function* opened(count: number, make: (index: number) => Buffer): Iterable<Buffer> {
  yield OPENING;
  for (let index = 0; index < count; index++) yield make(index);
}

/** Floods are far beyond what Node's and nghttp2's own limits let pass. */
export const HOSTILE_CONNECTIONS: readonly HostileConnection[] = [
  { name: 'noise', isEnded: true, bytes: (random) => [noise(random, 4_096)] },
  { name: 'HTTP/1.1', isEnded: true, bytes: () => [Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')] },
  { name: 'noise after the preface', isEnded: true, bytes: (random) => [OPENING, noise(random, 65_536)] },
  { name: 'nothing at all', isEnded: false, bytes: () => [] },
  { name: 'half a preface', isEnded: false, bytes: () => [PREFACE.subarray(0, 10)] },
  {
    name: 'rapid reset',
    isEnded: true,
    bytes: () =>
      opened(20_000, (index) =>
        Buffer.concat([
          frame(FRAME.headers, END_HEADERS | END_STREAM, 2 * index + 1, CALL),
          frame(FRAME.reset, 0, 2 * index + 1, Buffer.from([0, 0, 0, 8])),
        ]),
      ),
  },
  {
    name: 'a flood of PING',
    isEnded: false,
    bytes: () => opened(50_000, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))),
  },
  { name: 'a flood of SETTINGS', isEnded: false, bytes: () => opened(50_000, () => frame(FRAME.settings, 0, 0)) },
  {
    name: 'an endless header block',
    isEnded: true,
    bytes: () => [
      OPENING,
      frame(FRAME.headers, 0, 1, CALL),
      ...Array.from({ length: 5_000 }, (_, index) =>
        frame(FRAME.continuation, 0, 1, header(`x-${index}`, 'x'.repeat(1_000))),
      ),
    ],
  },
  {
    name: 'headers of a megabyte',
    isEnded: false,
    bytes: () => {
      const large = header('x-large', 'x'.repeat(1_000_000));
      const pieces = Array.from({ length: Math.ceil(large.length / 16_000) }, (_, n) =>
        large.subarray(n * 16_000, (n + 1) * 16_000),
      );
      return [
        OPENING,
        frame(FRAME.headers, 0, 1, CALL),
        ...pieces.map((piece, n) => frame(FRAME.continuation, n === pieces.length - 1 ? END_HEADERS : 0, 1, piece)),
      ];
    },
  },
  {
    name: 'data on a stream that is not open',
    isEnded: true,
    bytes: () => [OPENING, frame(FRAME.data, 0, 77, Buffer.alloc(10))],
  },
  {
    name: 'a window beyond its limit',
    isEnded: true,
    bytes: () => opened(2, () => frame(FRAME.windowUpdate, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff]))),
  },
  {
    name: 'empty DATA frames without end',
    isEnded: false,
    bytes: () =>
      opened(50_000, (index) => (index === 0 ? frame(FRAME.headers, END_HEADERS, 1, CALL) : frame(FRAME.data, 0, 1))),
  },
  {
    name: 'calls without end that nobody finishes',
    isEnded: false,
    bytes: () => opened(5_000, (index) => frame(FRAME.headers, END_HEADERS, 2 * index + 1, CALL)),
  },
];

/** How a connection went. */
export interface HostileOutcome {
  /** The server closed it, with or without GOAWAY. */
  readonly isEnded: boolean;
}

/** Sends the bytes, reading nothing back as floods do, then waits up to `waitMs` for the server to end the connection. */
export async function makeHostileConnection(
  address: string,
  { bytes }: HostileConnection,
  { random, waitMs }: { readonly random: Random; readonly waitMs: number },
): Promise<HostileOutcome> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const socket = connect(Number(port), hostname);
  let isEnded = false;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      isEnded = true;
      resolve();
    };
    socket.on('error', end).on('end', end).on('close', end);
  });
  const leave = new AbortController();
  const wait = (ms: number) => delay(ms, undefined, { signal: leave.signal }).catch(() => undefined); // left: no matter
  try {
    for (const piece of bytes(random)) {
      if (isEnded) break;
      if (!socket.write(piece)) await Promise.race([drained(socket), ended, wait(1_000)]);
    }
    socket.resume(); // what the server has to say, and its end, are behind what was not read
    await Promise.race([ended, wait(waitMs)]);
    return { isEnded };
  } finally {
    leave.abort();
    socket.destroy();
  }
}

function drained(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('drain', resolve));
}

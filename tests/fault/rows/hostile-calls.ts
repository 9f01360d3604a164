import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { gzipSync } from 'node:zlib';

/** One bad call, and what gRPC or our own documentation says it is answered with. */
export interface HostileCall {
  readonly name: string;
  /** "grpc 3": a status of gRPC; "http 415": refused before gRPC. */
  readonly expected: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body: Buffer;
}

const READ = '/tradewind.test.v1.CounterService/Read';
const MEGABYTE = 1024 * 1024;

/** A gRPC message: compressed flag, length, bytes. */
function framed(message: Buffer, { compressed = 0, length = message.length } = {}): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

/** A LocalizedMessage whose text is these bytes. */
function text(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x12, bytes.length]), bytes]);
}

const good = framed(text(Buffer.from('x')));

/** Status codes: 3 INVALID_ARGUMENT, 8 RESOURCE_EXHAUSTED, 12 UNIMPLEMENTED, 13 INTERNAL. */
export const HOSTILE_CALLS: readonly HostileCall[] = [
  { name: 'noise for a message', expected: 'grpc 3', body: framed(Buffer.alloc(64, 0xff)) },
  { name: 'a field that is cut off', expected: 'grpc 3', body: framed(Buffer.from([0x12, 0x7f, 0x41])) },
  { name: 'invalid UTF-8', expected: 'grpc 3', body: framed(text(Buffer.from([0xff, 0xfe, 0xfd]))) },
  { name: 'a -bin header that is no base64', expected: 'grpc 3', headers: { 'x-data-bin': 'a%b' }, body: good },
  { name: 'a time-out of nine digits', expected: 'grpc 3', headers: { 'grpc-timeout': '123456789m' }, body: good },
  { name: 'a message over the limit', expected: 'grpc 8', body: framed(Buffer.alloc(5 * MEGABYTE)) },
  { name: 'a length over the limit', expected: 'grpc 8', body: framed(Buffer.alloc(16), { length: 0xffff_ffff }) },
  {
    name: 'a gzip bomb',
    expected: 'grpc 8',
    headers: { 'grpc-encoding': 'gzip' },
    body: framed(gzipSync(Buffer.alloc(512 * MEGABYTE), { level: 9 }), { compressed: 1 }),
  },
  {
    name: 'noise for gzip',
    expected: 'grpc 13',
    headers: { 'grpc-encoding': 'gzip' },
    body: framed(Buffer.alloc(64, 0xff), { compressed: 1 }),
  },
  // gRPC says INTERNAL; grpc-js takes the message as it is.
  {
    name: 'a compressed flag without an encoding',
    expected: 'grpc 0',
    body: framed(text(Buffer.from('x')), { compressed: 1 }),
  },
  {
    name: 'an unknown encoding',
    expected: 'grpc 12',
    headers: { 'grpc-encoding': 'lzma' },
    body: framed(Buffer.alloc(8), { compressed: 1 }),
  },
  { name: 'two messages for one', expected: 'grpc 12', body: Buffer.concat([good, good]) },
  { name: 'no message', expected: 'grpc 12', body: Buffer.alloc(0) },
  { name: 'half a message', expected: 'grpc 12', body: framed(Buffer.alloc(4), { length: 100 }) },
  { name: 'another content type', expected: 'http 415', headers: { 'content-type': 'text/html' }, body: good },
  { name: 'a GET', expected: 'grpc 12', headers: { ':method': 'GET' }, body: Buffer.alloc(0) },
  { name: 'an unknown method', expected: 'grpc 12', headers: { ':path': `${READ}Nothing` }, body: good },
  { name: 'a path that is none', expected: 'grpc 12', headers: { ':path': '/../../etc/passwd' }, body: good },
];

/** Makes the call on a connection of its own; resolves to "grpc <status>" or "http <status>", or what else came. */
export function makeHostileCall(address: string, { headers, body }: HostileCall): Promise<string> {
  return new Promise((resolve) => {
    const session = connect(`http://${address}`);
    let answer = 'nothing';
    const finish = (text: string) => {
      resolve(text);
      session.destroy();
    };
    const tooLong = setTimeout(() => finish('no answer in 10 s'), 10_000);
    const read = (from: IncomingHttpHeaders) => {
      if (from['grpc-status'] !== undefined) answer = `grpc ${String(from['grpc-status'])}`;
      else if (from[':status'] !== undefined && String(from[':status']) !== '200')
        answer = `http ${String(from[':status'])}`;
    };
    session.on('error', (error: NodeJS.ErrnoException) => (answer = `connection ${error.code}`));
    session.on('close', () => {
      clearTimeout(tooLong);
      resolve(answer);
    });
    const request = session.request({
      ':method': 'POST',
      ':path': READ,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    request
      .on('response', read)
      .on('trailers', read)
      .on('close', () => finish(answer))
      .resume();
    request.on('error', () => undefined); // 'close' follows, and what was answered before counts
    request.end(body);
  });
}

import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Metadata } from 'nice-grpc-common';

import type { MetadataEntry, ServerSettings } from '../../../../gen/tradewind/transport/v1/transport.ts';
import {
  Call,
  ExchangeRequest,
  ExchangeResponse,
  Failure,
  Reply,
} from '../../../../gen/tradewind/transport/v1/transport.ts';
import { Priority as PriorityNumber } from '../../../../gen/tradewind/type/v1/priority.ts';
import type { Priority } from '../../../../src/chassis/core/index.ts';
import {
  readClientBatch,
  writeCall,
  writeCancel,
  writeClientSettings,
  type CallFrame,
} from '../../../../src/chassis/transport/client-frames.ts';
import {
  readServerBatch,
  writeDrain,
  writeFailure,
  writeFragment,
  writeReply,
  writeServerSettings,
} from '../../../../src/chassis/transport/server-frames.ts';

const uint32 = fc.oneof(fc.nat({ max: 300 }), fc.integer({ min: 0, max: 0xffff_ffff }));
const ascii = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const payload = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
const key = fc.stringMatching(/^x-[a-z0-9_.-]{1,20}$/).filter((name) => !name.startsWith('x-tradewind'));
const entry = fc.oneof(
  fc.record({ key: key.filter((name) => !name.endsWith('-bin')), value: ascii }),
  fc.record({ key: key.map((name) => `${name}-bin`), value: fc.uint8Array({ maxLength: 40 }) }),
);
const metadata = fc.option(
  fc
    .uniqueArray(entry, { maxLength: 4, minLength: 1, selector: ({ key: name }) => name })
    .map((entries) => Metadata(entries.map(({ key: name, value }) => [name, value] as [string, string | Uint8Array]))),
  { nil: undefined },
);

/** Metadata in the generated code's words, in its order. */
function entriesOf(of: Metadata | undefined): MetadataEntry[] {
  return [...(of ?? [])].flatMap(([name, values]) =>
    values.map((value) => ({
      key: name,
      value:
        typeof value === 'string'
          ? ({ $case: 'text', value } as const)
          : ({ $case: 'binary', value: Buffer.from(value) } as const),
    })),
  );
}

/** The same with bytes as text and metadata as a list, so that two of them can be compared. */
function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  if (Symbol.iterator in value) return comparable(entriesOf(value as Metadata));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, comparable(inner)]));
}

/** In the generated code's words. */
function numberOf(priority: Priority | undefined): PriorityNumber {
  const { PRIORITY_UNSPECIFIED, PRIORITY_CRITICAL, PRIORITY_NORMAL, PRIORITY_SHEDDABLE } = PriorityNumber;
  const numbers = { critical: PRIORITY_CRITICAL, normal: PRIORITY_NORMAL, sheddable: PRIORITY_SHEDDABLE };
  return priority === undefined ? PRIORITY_UNSPECIFIED : numbers[priority];
}

/** Everything a reader was told, in order. */
function told(read: (handler: object) => void): [string, ...unknown[]][] {
  const frames: [string, ...unknown[]][] = [];
  const handler = new Proxy(
    {},
    {
      get:
        (_target, name) =>
        (...args: unknown[]) =>
          void frames.push([String(name), ...args]),
    },
  );
  read(handler);
  return frames;
}

const readClient = (bytes: Uint8Array) => told((handler) => readClientBatch(bytes, handler as never));
const readServer = (bytes: Uint8Array) => told((handler) => readServerBatch(bytes, handler as never));

const call = fc.record({
  id: uint32.filter((id) => id > 0),
  method: uint32,
  path: ascii,
  payload,
  headers: fc.record({
    callId: ascii,
    timeoutMs: fc.option(
      uint32.filter((ms) => ms > 0),
      { nil: undefined },
    ),
    isRetry: fc.boolean(),
    priority: fc.constantFrom('critical', 'normal', 'sheddable', undefined),
    authorization: fc.option(ascii, { nil: undefined }),
    traceparent: fc.option(ascii, { nil: undefined }),
    tracestate: fc.option(ascii, { nil: undefined }),
    metadata,
  }),
});

describe("the client's frames", () => {
  it('are written as the generated code reads them', () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 5 }), uint32, uint32, (calls, version, id) => {
        const writer = new BinaryWriter();
        writeClientSettings(writer, { version, maxReplyBytes: id });
        for (const one of calls) writeCall(writer, one);
        writeCancel(writer, id);
        const { frames } = ExchangeRequest.decode(writer.finish());
        expect(frames.map(({ frame }) => frame)).toEqual([
          { $case: 'settings', value: { version, maxReplyBytes: id } },
          ...calls.map(({ headers, ...rest }) => ({
            $case: 'call',
            value: {
              ...rest,
              timeoutMs: headers.timeoutMs,
              retry: headers.isRetry,
              priority: numberOf(headers.priority),
              callId: headers.callId,
              traceparent: headers.traceparent ?? '',
              tracestate: headers.tracestate ?? '',
              authorization: headers.authorization ?? '',
              metadata: entriesOf(headers.metadata),
            },
          })),
          { $case: 'cancel', value: { id } },
        ]);
      }),
    );
  });

  it('are read as the generated code writes them', () => {
    fc.assert(
      fc.property(call, ({ headers, ...rest }) => {
        const value = Call.fromPartial({
          ...rest,
          retry: headers.isRetry,
          priority: numberOf(headers.priority),
          callId: headers.callId,
          metadata: entriesOf(headers.metadata),
          ...(headers.timeoutMs === undefined ? {} : { timeoutMs: headers.timeoutMs }),
          ...(headers.traceparent === undefined ? {} : { traceparent: headers.traceparent }),
          ...(headers.authorization === undefined ? {} : { authorization: headers.authorization }),
        });
        const batch = ExchangeRequest.encode({ frames: [{ frame: { $case: 'call', value } }] }).finish();
        const [[kind, frame]] = readClient(batch) as [[string, CallFrame]];
        expect(kind).toBe('call');
        expect({ ...frame, payload: Buffer.from(frame.payload) }).toMatchObject(rest);
        expect(frame.malformedHeader).toBeUndefined();
        expect(frame.headers).toMatchObject({
          callId: headers.callId,
          isRetry: headers.isRetry,
          priority: headers.priority,
          timeoutMs: headers.timeoutMs,
        });
        expect(frame.headers.traceparent ?? '').toBe(headers.traceparent ?? '');
        expect(frame.headers.authorization ?? '').toBe(headers.authorization ?? '');
        expect(entriesOf(frame.headers.metadata)).toEqual(entriesOf(headers.metadata));
      }),
    );
  });

  it('say nothing with a priority that there is none of, as a peer of another version may send', () => {
    const priorityOf = (priority: PriorityNumber) => {
      const value = Call.fromPartial({ id: 1, priority });
      const batch = ExchangeRequest.encode({ frames: [{ frame: { $case: 'call', value } }] }).finish();
      const [[, frame]] = readClient(batch) as [[string, CallFrame]];
      return frame.headers.priority;
    };
    expect(priorityOf(PriorityNumber.PRIORITY_CRITICAL)).toBe('critical');
    expect(priorityOf(PriorityNumber.PRIORITY_EXEMPT)).toBeUndefined();
    expect(priorityOf(77 as PriorityNumber)).toBeUndefined();
  });

  it('say at least a millisecond, and no more than the field holds', () => {
    const timeoutOf = (timeoutMs: number) => {
      const writer = new BinaryWriter();
      const headers = { callId: '', isRetry: false, authorization: undefined, timeoutMs };
      const none = { traceparent: undefined, tracestate: undefined, metadata: undefined };
      writeCall(writer, { id: 1, method: 0, path: '', payload: Buffer.alloc(0), headers: { ...headers, ...none } });
      const { frame } = ExchangeRequest.decode(writer.finish()).frames[0] ?? {};
      return frame?.$case === 'call' ? frame.value.timeoutMs : undefined;
    };
    expect([0.2, -5, 1.1, 1e12].map(timeoutOf)).toEqual([1, 1, 2, 0xffff_ffff]);
  });

  it('are refused or read, never anything else, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readClient(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("the server's frames", () => {
  const settings = fc.record<ServerSettings>({
    version: uint32,
    maxConcurrentCalls: uint32,
    maxOutstandingBytes: uint32,
    maxRequestBytes: uint32,
    maxMetadataBytes: uint32,
    maxMethods: uint32,
    fragmentBytes: uint32,
  });
  const reply = fc.record({
    id: uint32,
    payload,
    header: metadata,
    trailer: metadata,
    totalBytes: fc.option(uint32, { nil: undefined }),
  });
  const failure = fc.record({
    id: uint32,
    code: uint32,
    message: fc.string({ unit: 'grapheme' }),
    trailer: metadata,
    isUnprocessed: fc.boolean(),
  });
  const ordinal = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

  it('are written as the generated code reads them', () => {
    fc.assert(
      fc.property(settings, reply, failure, payload, ordinal, (hello, one, other, part, last) => {
        const writer = new BinaryWriter();
        writeServerSettings(writer, hello);
        writeReply(writer, one);
        writeFragment(writer, one.id, part);
        writeFailure(writer, other);
        writeDrain(writer, last);
        const { isUnprocessed, ...failed } = other;
        const trailer = entriesOf(other.trailer);
        const frames = ExchangeResponse.decode(writer.finish()).frames.map(({ frame }) => frame);
        expect(frames).toEqual([
          { $case: 'settings', value: hello },
          { $case: 'reply', value: { ...one, header: entriesOf(one.header), trailer: entriesOf(one.trailer) } },
          { $case: 'fragment', value: { id: one.id, payload: part } },
          { $case: 'failure', value: { ...failed, trailer, unprocessed: isUnprocessed } },
          { $case: 'drain', value: { lastStarted: BigInt(last) } },
        ]);
      }),
    );
  });

  it('are read as the generated code writes them', () => {
    fc.assert(
      fc.property(settings, reply, failure, payload, ordinal, (hello, one, other, part, last) => {
        const { isUnprocessed, ...failed } = other;
        const total = one.totalBytes === undefined ? {} : { totalBytes: one.totalBytes };
        const batch = ExchangeResponse.encode({
          frames: [
            { frame: { $case: 'settings', value: hello } },
            {
              frame: {
                $case: 'reply',
                value: Reply.fromPartial({
                  id: one.id,
                  payload: one.payload,
                  header: entriesOf(one.header),
                  trailer: entriesOf(one.trailer),
                  ...total,
                }),
              },
            },
            { frame: { $case: 'fragment', value: { id: one.id, payload: part } } },
            {
              frame: {
                $case: 'failure',
                value: Failure.fromPartial({
                  ...failed,
                  trailer: entriesOf(other.trailer),
                  unprocessed: isUnprocessed,
                }),
              },
            },
            { frame: { $case: 'drain', value: { lastStarted: BigInt(last) } } },
          ],
        }).finish();
        expect(comparable(readServer(batch))).toEqual(
          comparable([
            ['settings', hello],
            ['reply', one],
            ['fragment', one.id, part],
            ['failure', other],
            ['drain', last],
          ]),
        );
      }),
    );
  });

  it('are refused or read, never anything else, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readServer(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

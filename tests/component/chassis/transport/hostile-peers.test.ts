import { Client, credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ExchangeRequest } from '../../../../gen/tradewind/transport/v1/transport.ts';
import { eventually } from '../../../support/eventually.ts';
import { HELLO, callFrame, cancelFrame, rawExchange } from './raw-exchange.ts';
import {
  bytes,
  connectShared,
  reply,
  responseOf,
  serveBytes,
  type Connected,
  type ServingBytes,
} from './serve-bytes.ts';

const ECHO = '/test.Bytes/Echo';
const DEADLINE_MS = 120_000;

/** A batch that a well-behaved client could send, and what may be done to its bytes. */
const batch = fc
  .array(
    fc.oneof(
      fc.record({ id: fc.integer({ min: 0, max: 1_100 }), path: fc.constantFrom(ECHO, '', '/no/Such') }).map(callFrame),
      fc
        .record({ id: fc.nat(20), method: fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 0xffff_ffff })) })
        .map(callFrame),
      fc.nat(0xffff_ffff).map(cancelFrame),
      fc.constant(HELLO),
    ),
    { maxLength: 8 },
  )
  .map((frames) => Uint8Array.from(ExchangeRequest.encode({ frames: frames.map((frame) => ({ frame })) }).finish()));

const damaged = fc
  .record({
    batch,
    at: fc.array(fc.record({ place: fc.double({ min: 0, max: 0.999, noNaN: true }), byte: fc.nat(255) }), {
      maxLength: 4,
    }),
    cut: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ batch: whole, at, cut }) => {
    const copy = Uint8Array.from(whole);
    for (const { place, byte } of at) if (copy.length > 0) copy[Math.floor(place * copy.length)] = byte;
    return copy.subarray(0, Math.ceil(cut * copy.length));
  });

const hostile = fc.array(fc.oneof(damaged, fc.uint8Array({ maxLength: 300 })), { minLength: 1, maxLength: 6 });

describe('createTransportService among hostile peers', () => {
  let server: ServingBytes;
  let victim: Connected;
  let isOver = false;
  let victimCalls = 0;
  let victimEnds: Promise<void> = Promise.resolve();

  beforeAll(async () => {
    server = await serveBytes({ [ECHO]: (request) => reply(request) });
    victim = await connectShared(server.address);
    victimEnds = (async () => {
      for (; !isOver; victimCalls++) {
        const text = String(victimCalls);
        const answer = responseOf(await victim.call(ECHO, bytes(text)));
        if (Buffer.from(answer).toString() !== text) throw new Error(`asked ${text}, got ${answer.toString()}`);
        await new Promise(setImmediate);
      }
    })();
  });
  afterAll(async () => {
    isOver = true;
    await victim?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it(
    'ends their streams with INVALID_ARGUMENT or answers them, and serves everybody else',
    async () => {
      const client = new Client(server.address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
      const codes = new Set<number>();
      await fc.assert(
        fc.asyncProperty(hostile, fc.boolean(), async (batches, greets) => {
          const peer = rawExchange(client);
          if (greets) peer.send(HELLO);
          for (const bad of batches) peer.sendBytes(bad);
          peer.stream.end();
          const { code } = await peer.status();
          codes.add(code);
          expect([0, 3]).toContain(code);
        }),
        { numRuns: 300 },
      );
      client.close();
      expect([...codes].sort()).toEqual([0, 3]);
      await eventually(() => expect(server.service.stats).toMatchObject({ streams: 1 }));
      isOver = true;
      await victimEnds;
      expect(victimCalls).toBeGreaterThan(100);
      expect(victim.transport.state.kind).toBe('open');
      expect(server.calls.filter(({ transport }) => transport === 'plain')).toEqual([]);
      expect(server.service.stats.inFlight).toBe(0);
    },
    DEADLINE_MS,
  );
});

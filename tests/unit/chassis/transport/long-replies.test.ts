import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from '@jest/globals';

import { ExchangeResponse } from '../../../../gen/tradewind/transport/v1/transport.ts';
import { createLongReplies } from '../../../../src/chassis/transport/long-replies.ts';
import type { Outbox } from '../../../../src/chassis/transport/outbox.ts';

/** An outbox that only keeps what is written. */
function paper(): Outbox & { frames(): string[] } {
  const writer = new BinaryWriter();
  return {
    writer,
    added: () => undefined,
    written: 0,
    waitingBytes: 0,
    release: () => undefined,
    wake: () => undefined,
    flushAll: () => undefined,
    close: () => undefined,
    frames: () =>
      ExchangeResponse.decode(writer.finish()).frames.map(({ frame }) =>
        frame?.$case === 'reply' || frame?.$case === 'fragment'
          ? `${frame.$case} ${frame.value.id}: ${frame.value.payload.length}`
          : String(frame?.$case),
      ),
  };
}

const long = (id: number, length: number) => ({
  id,
  payload: new Uint8Array(length),
  header: undefined,
  trailer: undefined,
});

describe('createLongReplies', () => {
  it('sends a part of each in turn, and says which have gone', () => {
    const outbox = paper();
    const gone: number[] = [];
    const replies = createLongReplies(outbox, 10, (id) => gone.push(id));
    replies.add(long(1, 35));
    replies.add(long(2, 11));
    replies.add(long(3, 20));
    replies.refill();
    expect(outbox.frames()).toEqual([
      'reply 1: 10',
      'reply 2: 10',
      'reply 3: 10',
      'fragment 1: 10',
      'fragment 2: 1',
      'fragment 3: 10',
      'fragment 1: 10',
      'fragment 1: 5',
    ]);
    expect(gone).toEqual([2, 3, 1]);
  });

  it('writes about one batch at a time, and goes on with whose turn it is', () => {
    const outbox = paper();
    const replies = createLongReplies(outbox, 16_384, () => undefined);
    replies.add(long(1, 100_000));
    replies.add(long(2, 100_000));
    replies.add(long(3, 100_000));
    replies.refill();
    expect(outbox.frames()).toEqual(['reply 1: 16384', 'reply 2: 16384', 'reply 3: 16384', 'fragment 1: 16384']);
    replies.refill();
    expect(outbox.frames()[0]).toBe('fragment 2: 16384');
  });

  it('sends no more of one that was given up', () => {
    const outbox = paper();
    const replies = createLongReplies(outbox, 10, () => undefined);
    replies.add(long(1, 20));
    expect([replies.remove(1), replies.remove(1)]).toEqual([true, false]);
    replies.refill();
    expect(outbox.frames()).toEqual([]);
  });
});

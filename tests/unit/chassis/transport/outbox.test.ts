import { setImmediate as turn } from 'node:timers/promises';

import { describe, expect, it } from '@jest/globals';

import { createOutbox, type Outbox } from '../../../../src/chassis/transport/outbox.ts';

/** A stream that says when it has room, and when it has passed on what it was given. */
function sink() {
  const batches: string[] = [];
  const accept: (() => void)[] = [];
  const state = { hasRoom: true };
  return {
    batches,
    accept,
    state,
    write(batch: Buffer, onAccepted: () => void) {
      batches.push(batch.toString());
      accept.push(onAccepted);
      return state.hasRoom;
    },
  };
}

function add(outbox: Outbox, text: string, mark?: number, bytes = text.length): void {
  outbox.writer.raw(Buffer.from(text));
  outbox.added(bytes, mark);
}

describe('createOutbox', () => {
  it('gives all that was added in one turn to the stream in one batch', async () => {
    const stream = sink();
    const outbox = createOutbox({ sink: stream });
    add(outbox, 'a');
    await Promise.resolve().then(() => add(outbox, 'b'));
    expect(stream.batches).toEqual([]);
    await turn();
    add(outbox, 'c');
    await turn();
    expect(stream.batches).toEqual(['ab', 'c']);
  });

  it('cuts a batch that has grown large', async () => {
    const stream = sink();
    const outbox = createOutbox({ sink: stream });
    add(outbox, 'large', 1, 70_000);
    add(outbox, 'next', 2);
    await turn();
    expect(stream.batches).toEqual(['large', 'next']);
  });

  it('holds back while the stream has no room, and knows what it gave', async () => {
    const stream = sink();
    const outbox = createOutbox({ sink: stream });
    stream.state.hasRoom = false;
    add(outbox, 'first', 1);
    await turn();
    expect(outbox.waitingBytes).toBe(0);
    add(outbox, 'second', 2);
    add(outbox, 'third', 3, 70_000);
    add(outbox, 'fourth', 4);
    await turn();
    expect(stream.batches).toEqual(['first']);
    expect(outbox.written).toBe(1);
    expect(outbox.waitingBytes).toBeGreaterThanOrEqual('secondthirdfourth'.length);
    stream.state.hasRoom = true;
    outbox.release();
    expect(stream.batches).toEqual(['first', 'secondthird', 'fourth']);
    expect(outbox.written).toBe(4);
    expect(outbox.waitingBytes).toBe(0);
  });

  it('asks for more only when the stream has passed on all it was given', async () => {
    const stream = sink();
    let asked = 0;
    const outbox = createOutbox({ sink: stream, refill: () => (asked += 1) });
    add(outbox, 'a');
    await turn();
    expect(asked).toBe(1);
    add(outbox, 'b');
    await turn();
    expect([asked, stream.batches]).toEqual([1, ['a', 'b']]);
    stream.accept[0]?.();
    await turn();
    expect(asked).toBe(1);
    stream.accept[1]?.();
    await turn();
    expect(asked).toBe(2);
  });

  it('gives everything at its end, room or not, and nothing once closed', async () => {
    const stream = sink();
    const outbox = createOutbox({ sink: stream });
    stream.state.hasRoom = false;
    add(outbox, 'a');
    await turn();
    add(outbox, 'b', undefined, 70_000);
    add(outbox, 'c');
    outbox.flushAll();
    expect(stream.batches).toEqual(['a', 'b', 'c']);
    add(outbox, 'd');
    outbox.close();
    outbox.flushAll();
    outbox.release();
    await turn();
    expect(stream.batches).toEqual(['a', 'b', 'c']);
  });
});

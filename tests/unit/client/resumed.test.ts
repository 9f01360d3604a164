import { describe, expect, it } from '@jest/globals';

import { TradewindError, resumed } from '../../../src/client/index.ts';

const gone = (reason = 'SERVER_DRAINING') => new TradewindError({ status: 'UNAVAILABLE', reason, message: 'gone' });
const quick = { baseMs: 1, maxMs: 1 };

/** A stream of 1 to `end` that breaks where it is told to, once each. */
function flaky(end: number, breaks: readonly number[], error: () => Error = gone) {
  const left = new Set(breaks);
  const opened: (number | undefined)[] = [];
  async function* open(last: number | undefined) {
    opened.push(last);
    for (let n = (last ?? 0) + 1; n <= end; n++) {
      if (left.delete(n)) throw error();
      yield n;
    }
  }
  return { open, opened };
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const element of stream) all.push(element);
  return all;
}

describe('resumed', () => {
  it('goes on after the last element received, each once and in order, and ends with the stream', async () => {
    const { open, opened } = flaky(5, [1, 3, 5]);
    expect(await collect(resumed(open, { backoff: quick }))).toEqual([1, 2, 3, 4, 5]);
    expect(opened).toEqual([undefined, undefined, 2, 4]);
  });

  it('throws what is no interruption, and UNAVAILABLE after its own client was closed', async () => {
    const refused = new TradewindError({ status: 'NOT_FOUND', reason: 'ORDER_NOT_FOUND', message: 'no such order' });
    await expect(collect(resumed(flaky(3, [2], () => refused).open, { backoff: quick }))).rejects.toBe(refused);
    const closed = flaky(3, [2], () => gone('CLIENT_CLOSED'));
    await expect(collect(resumed(closed.open, { backoff: quick }))).rejects.toMatchObject({ reason: 'CLIENT_CLOSED' });
    expect(closed.opened).toEqual([undefined]);
  });

  it('gives up after tries that bring nothing, and counts anew after one that does', async () => {
    let opened = 0;
    const dead = async function* (): AsyncGenerator<number> {
      opened += 1;
      if (opened === 2) yield 1;
      throw gone();
    };
    await expect(collect(resumed(dead, { maxAttempts: 3, backoff: quick }))).rejects.toMatchObject({
      status: 'UNAVAILABLE',
    });
    expect(opened).toBe(4); // one in vain, one that brought an element, and two more in vain
  });

  it('ends its wait when the signal fires', async () => {
    const leave = new AbortController();
    const { open } = flaky(1, [1], () => {
      setImmediate(() => leave.abort());
      return gone();
    });
    const stream = resumed(open, { backoff: { baseMs: 60_000, maxMs: 60_000 }, signal: leave.signal });
    await expect(collect(stream)).rejects.toMatchObject({ status: 'CANCELLED' });
  });
});

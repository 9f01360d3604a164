import { describe, expect, it } from '@jest/globals';

import { resumable, type ResumeOptions } from '../../../../src/chassis/client/index.ts';
import { AppError, runInCall, backgroundCall } from '../../../../src/chassis/core/index.ts';

interface Request {
  readonly after: number;
}

const gone = (reason = 'SERVER_DRAINING') => new AppError({ status: 'UNAVAILABLE', reason, message: 'gone' });
const quick = { backoff: { baseMs: 1, maxMs: 1 } };
const slow = { backoff: { baseMs: 60_000, maxMs: 60_000 } };

/** A stream of 1 to `end` that breaks before each number it is told to, once each. */
function flaky(end: number, breaks: readonly number[], error: () => Error = gone) {
  const left = new Set(breaks);
  const opened: number[] = [];
  const timeouts: (number | undefined)[] = [];
  async function* open({ after }: Request, options?: { timeoutMs?: number | undefined }) {
    opened.push(after);
    timeouts.push(options?.timeoutMs);
    for (let n = after + 1; n <= end; n++) {
      if (left.delete(n)) throw error();
      yield n;
    }
  }
  const run = (options: ResumeOptions & { timeoutMs?: number; signal?: AbortSignal } = quick) =>
    resumable(
      open,
      { request: { after: 0 }, position: (n) => n, resume: (request, after) => ({ ...request, after }) },
      options,
    );
  return { opened, timeouts, run };
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const element of stream) all.push(element);
  return all;
}

describe('resumable', () => {
  it('goes on after the last position received, each once and in order, and ends with the stream', async () => {
    const { run, opened } = flaky(5, [1, 3, 5]);
    expect(await collect(run())).toEqual([1, 2, 3, 4, 5]);
    expect(opened).toEqual([0, 0, 2, 4]);
  });

  it('keeps the last position through responses that have none', async () => {
    const opened: Request[] = [];
    async function* open(request: Request) {
      opened.push(request);
      if (opened.length === 1) {
        yield 7;
        yield 0;
        throw gone();
      }
    }
    const position = (n: number) => (n === 0 ? undefined : n);
    const resume = (_: Request, after: number) => ({ after });
    expect(await collect(resumable(open, { request: { after: 3 }, position, resume }, quick))).toEqual([7, 0]);
    expect(opened).toEqual([{ after: 3 }, { after: 7 }]);
  });

  it('takes a stream that was reset for one that was interrupted', async () => {
    const reset = () => new AppError({ status: 'CANCELLED', reason: 'UNKNOWN', message: 'call cancelled by the peer' });
    expect(await collect(flaky(2, [2], reset).run())).toEqual([1, 2]);
  });

  it('throws what is no interruption: an answer, our own close, our own cancellation', async () => {
    const aborted = Object.assign(new Error('aborted'), { name: 'AbortError' });
    const finals = [
      new AppError({ status: 'NOT_FOUND', reason: 'ORDER_NOT_FOUND', message: 'no such order' }),
      gone('CLIENT_CLOSED'),
      AppError.from(aborted),
      new TypeError('a bug'),
    ];
    for (const final of finals) {
      const { run, opened } = flaky(3, [2], () => final);
      await expect(collect(run())).rejects.toBe(final);
      expect(opened).toEqual([0]);
    }
  });

  it('gives up after tries that bring nothing, and counts anew after one that does', async () => {
    let opened = 0;
    const dead = async function* (): AsyncGenerator<number> {
      opened += 1;
      if (opened === 2) yield 1;
      throw gone();
    };
    const stream = resumable(
      dead,
      { request: {}, position: (n) => n, resume: (request) => request },
      { ...quick, maxAttempts: 3 },
    );
    await expect(collect(stream)).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    expect(opened).toBe(4); // one in vain, one that brought an element, and two more in vain
  });

  it('gives every try what is left of the time, and does not wait past its end', async () => {
    const { run, timeouts } = flaky(3, [2]);
    await collect(run({ ...slow, timeoutMs: 50 }));
    const [first, second] = timeouts;
    expect(first).toBeGreaterThan(40);
    expect(second).toBeLessThan(first ?? 0);
  });

  it('ends its wait when the signal or the incoming call is over', async () => {
    const leave = new AbortController();
    const breakAndLeave = () => {
      setImmediate(() => leave.abort());
      return gone();
    };
    const own = flaky(1, [1], breakAndLeave).run({ ...slow, signal: leave.signal });
    await expect(collect(own)).rejects.toMatchObject({ status: 'CANCELLED' });

    const call = backgroundCall({ callId: 'c', job: 'test', signal: leave.signal });
    const incoming = runInCall(call, () => collect(flaky(1, [1], breakAndLeave).run(slow)));
    await expect(incoming).rejects.toMatchObject({ status: 'CANCELLED' });
  });
});

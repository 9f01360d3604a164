import { describe, expect, it } from '@jest/globals';

import { raceAbort, systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import type { BlockingQuery } from '../../../../src/chassis/registry/consul/consul-client.ts';
import { followIndex } from '../../../../src/chassis/registry/consul/follow-index.ts';
import { eventually } from '../../../support/eventually.ts';

/** Follows a server that answers with these indexes (an Error: fails so), then hangs; resolves with what it was asked. */
async function follow(answers: readonly (bigint | Error)[]) {
  const asked: bigint[] = [];
  const resets: boolean[] = [];
  const interrupted: unknown[] = [];
  const follower = followIndex({
    ...{ clock: systemClock, random: systemRandom, waitMs: 1_000 },
    async query({ index, signal }: BlockingQuery) {
      asked.push(index);
      const answer = answers[asked.length - 1];
      if (answer === undefined) return raceAbort(new Promise<never>(() => undefined), signal);
      if (answer instanceof Error) throw answer;
      return { index: answer, json: [] };
    },
    onAnswer(_json, afterReset) {
      resets.push(afterReset);
      return true;
    },
    onInterrupted: ({ error }) => interrupted.push(error),
  });
  await eventually(() => expect(asked).toHaveLength(answers.length + 1));
  const { state } = follower;
  await Promise.all([follower.close(), follower.close()]);
  return { asked, resets, interrupted, state, last: follower.state };
}

describe('followIndex', () => {
  it('asks without blocking at first, then for what is newer than it was told', async () => {
    const { asked, resets, state, last } = await follow([7n, 9n]);
    expect(asked).toEqual([0n, 7n, 9n]);
    expect(resets).toEqual([false, false]);
    expect([state, last]).toEqual([{ kind: 'watching', revision: '9' }, { kind: 'closed' }]);
  });

  it('starts again at 0 when the index goes backwards, and says that it did', async () => {
    const { asked, resets } = await follow([7n, 3n, 3n]);
    expect(asked).toEqual([0n, 7n, 0n, 3n]);
    expect(resets).toEqual([false, true, false]);
  });

  it('takes an index of 0 for 1, so that the next query blocks', async () => {
    expect((await follow([0n, 0n])).asked.slice(0, 2)).toEqual([0n, 1n]);
  });

  it('starts again at 0 after a failure, and knows that what it finds is older', async () => {
    const failure = new Error('away');
    const { asked, resets, interrupted } = await follow([7n, failure, failure, 2n]);
    expect(asked).toEqual([0n, 7n, 0n, 0n, 2n]);
    expect(resets).toEqual([false, true]);
    expect(interrupted).toEqual([failure, failure]);
  });
});

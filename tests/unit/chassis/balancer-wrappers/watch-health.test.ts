import { describe, expect, it } from '@jest/globals';

import {
  HealthCheckResponse_ServingStatus as Status,
  type HealthCheckResponse,
} from '../../../../gen/health/v1/health.ts';
import { watchHealth, type PeerHealth } from '../../../../src/chassis/balancer/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

/** A peer whose streams the test answers and ends by hand. */
function peer() {
  const clock = createManualClock();
  const told: PeerHealth[] = [];
  let streams = 0;
  let say: (status: HealthCheckResponse['status']) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  async function* watch(signal: AbortSignal): AsyncGenerator<HealthCheckResponse> {
    streams++;
    for (;;) {
      const status = await new Promise<HealthCheckResponse['status']>((resolve, reject) => {
        say = resolve;
        fail = reject;
        signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
      });
      yield { status };
    }
  }
  const stop = watchHealth({
    watch,
    isUnimplemented: (error) => error instanceof Error && error.message === 'unimplemented',
    onHealth: (health) => told.push(health),
    clock,
    random: { next: () => 0.999, bytes: () => new Uint8Array() },
  });
  return {
    ...{ clock, told, stop },
    streams: () => streams,
    async says(status: HealthCheckResponse['status'], expected: PeerHealth) {
      say(status);
      await eventually(() => expect(told.at(-1)).toBe(expected));
    },
    fails: (message: string) => fail(new Error(message)),
    /** Lets promises that are settled run their course, then time pass. */
    async pass(ms: number) {
      await new Promise(setImmediate);
      clock.advance(ms);
      await new Promise(setImmediate);
    },
  };
}

describe('watchHealth', () => {
  it('tells what the peer says as it changes', async () => {
    const { says, told, stop } = peer();
    await says(Status.SERVING, 'serving');
    await says(Status.NOT_SERVING, 'not serving');
    await says(Status.SERVING, 'serving');
    await says(Status.SERVICE_UNKNOWN, 'not serving');
    expect(told).toHaveLength(4);
    stop();
  });

  it('takes a peer without the service for healthy, and does not ask again', async () => {
    const { fails, pass, told, streams } = peer();
    fails('unimplemented');
    await pass(60_000);
    expect([told, streams()]).toEqual([['not told'], 1]);
  });

  it('takes a peer that does not answer in time for healthy, until it answers', async () => {
    const { pass, says, told, stop } = peer();
    await pass(1_999);
    expect(told).toEqual([]);
    await pass(1);
    expect(told).toEqual(['not told']);
    await says(Status.NOT_SERVING, 'not serving');
    stop();
  });

  it('opens a broken stream again at once and believes what it said, but not through a second break', async () => {
    const { says, fails, pass, told, streams, stop } = peer();
    await says(Status.SERVING, 'serving');
    fails('broken');
    await pass(0);
    expect([streams(), told]).toEqual([2, ['serving']]);
    fails('broken again');
    await pass(0);
    expect(told).toEqual(['serving', 'not serving']);
    await pass(500); // of at most 400 after the second
    expect(streams()).toBe(3);
    await says(Status.SERVING, 'serving');
    stop();
  });

  it('waits longer each time, and tells nothing once it was stopped', async () => {
    const { fails, pass, told, streams, stop } = peer();
    const opened: number[] = [];
    for (let n = 0; n < 8; n++) {
      fails('broken');
      await pass(1_000);
      opened.push(streams());
    }
    expect(streams()).toBeLessThan(8);
    stop();
    const before = told.length;
    fails('broken');
    await pass(60_000);
    expect([told.length, streams()]).toEqual([before, opened.at(-1)]);
  });
});

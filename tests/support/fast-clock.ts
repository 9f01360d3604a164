import { systemClock, type Clock } from '../../src/chassis/core/index.ts';

/** The machine's clock, with durations and timers `factor` times as fast. Wall time stays: gRPC deadlines are made of it. */
export function fastClock(factor: number): Clock {
  return {
    now: () => systemClock.now(),
    monotonicMs: () => systemClock.monotonicMs() * factor,
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
    setTimer: (ms, callback) => systemClock.setTimer(ms / factor, callback),
  };
}

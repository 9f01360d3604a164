import { STATUS_CODES, type Random } from '../../../../src/chassis/core/index.ts';
import type { BalancingPolicy, Picker, ReadyEndpoint } from '../../../../src/chassis/balancer/index.ts';
import type { ManualClock } from '../../../support/manual-clock.ts';
import { pick, type Picked } from './fleet.ts';

/** How an endpoint behaves; a test changes it while time goes on. */
export interface Behaviour {
  latencyMs: number;
  /** Takes calls and answers none, until it goes on. */
  isFrozen: boolean;
  /** Answers at once, with this status. */
  failsWith: number | undefined;
}

/** Calls that arrive evenly, whatever becomes of the ones before, at endpoints on a clock of their own. */
export interface Simulation {
  behaviour(address: string): Behaviour;
  /** Goes on with other endpoints, or with another picker over the same ones. */
  update(ready: readonly ReadyEndpoint[]): void;
  /** Lets time pass; returns how many calls each address was given. */
  run(durationMs: number): Readonly<Record<string, number>>;
  /** How many calls of an address have ended so far. */
  ended(address: string): number;
  waiting(address: string): number;
}

interface Call {
  readonly address: string;
  readonly result: Picked;
  readonly startedAtMs: number;
  readonly endsAtMs: number;
}

export function createSimulation(options: {
  readonly policy: BalancingPolicy;
  readonly ready: readonly ReadyEndpoint[];
  readonly clock: ManualClock;
  readonly random: Random;
  readonly callsPerMs: number;
}): Simulation {
  const { policy, clock, random, callsPerMs } = options;
  const behaviours = new Map<string, Behaviour>();
  const ended = new Map<string, number>();
  let picker: Picker = policy.createPicker(options.ready);
  let calls: Call[] = [];
  let owed = 0;

  const behaviour = (address: string): Behaviour => {
    const known = behaviours.get(address) ?? { latencyMs: 10, isFrozen: false, failsWith: undefined };
    behaviours.set(address, known);
    return known;
  };
  const endDue = (nowMs: number) => {
    const isDue = ({ address, endsAtMs }: Call) => endsAtMs <= nowMs && !behaviour(address).isFrozen;
    const due = calls.filter(isDue);
    calls = calls.filter((call) => !isDue(call));
    for (const { address, result, startedAtMs } of due) {
      ended.set(address, (ended.get(address) ?? 0) + 1);
      result.onEnd?.(behaviour(address).failsWith ?? STATUS_CODES.OK, nowMs - startedAtMs, nowMs);
    }
  };
  const begin = (nowMs: number): string => {
    const result = pick(picker);
    const { address } = result.subchannel;
    result.onStart?.(nowMs);
    const { latencyMs, failsWith } = behaviour(address);
    const takesMs = failsWith === undefined ? latencyMs * (0.5 + random.next()) : 0;
    calls.push({ address, result, startedAtMs: nowMs, endsAtMs: nowMs + takesMs });
    return address;
  };

  return {
    behaviour,
    update: (ready) => void (picker = policy.createPicker(ready)),
    run(durationMs) {
      const given: Record<string, number> = {};
      for (let ms = 0; ms < durationMs; ms++) {
        clock.advance(1);
        const nowMs = clock.monotonicMs();
        endDue(nowMs);
        for (owed += callsPerMs; owed >= 1; owed--) {
          const address = begin(nowMs);
          given[address] = (given[address] ?? 0) + 1;
        }
      }
      return given;
    },
    ended: (address) => ended.get(address) ?? 0,
    waiting: (address) => calls.filter((call) => call.address === address).length,
  };
}

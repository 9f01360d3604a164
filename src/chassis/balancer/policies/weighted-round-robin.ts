import type { Clock, Random } from '../../core/index.ts';
import type { BalancingPolicy, ReadyEndpoint } from '../picker.ts';
import { createByAddress } from './by-address.ts';
import { candidatesOf } from './candidates.ts';
import { createDraw } from './draw.ts';
import type { Picked } from './picked.ts';
import { createRampedWeights } from './ramped-weights.ts';
import { createSmoothRotation, type SmoothRotation } from './smooth-rotation.ts';
import { DEFAULT_SLOW_START, slowStartShare, type SlowStartOptions } from './slow-start.ts';

interface Known {
  /** When this client first saw it ready, on the monotonic clock. */
  sinceMs: number;
  /** Which run of the process that was: another one at the same address is as new as one elsewhere. */
  startedAt: string;
  /** How far its turn has come, in turns; undefined: it was in no rotation yet. */
  credit: number | undefined;
}

/**
 * As many calls as the registry's weights say, spread evenly over time: weights 5, 1, 1 give a a b a c a a, not five of
 * one in a row. An instance that joins its peers ramps up (slow start). Whose turn is near stays so over changes of
 * endpoints. A retry goes to another endpoint, drawn by weight, and is nobody's turn.
 */
export function createWeightedRoundRobin(
  options: SlowStartOptions,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): BalancingPolicy {
  const known = createByAddress((): Known => ({ sinceMs: NaN, startedAt: '', credit: undefined }));
  const stateOf = (ready: ReadyEndpoint): Known => {
    const state = known.of(ready);
    const { startedAt } = ready.endpoint;
    if (Number.isNaN(state.sinceMs) || state.startedAt !== startedAt) state.sinceMs = clock.monotonicMs();
    state.startedAt = startedAt;
    return state;
  };
  const slowStart = {
    slowStartMs: options.slowStartMs ?? DEFAULT_SLOW_START.slowStartMs,
    slowStartFloor: options.slowStartFloor ?? DEFAULT_SLOW_START.slowStartFloor,
  };
  let last: { readonly states: readonly Known[]; readonly rotation: SmoothRotation } | undefined;
  const saveCredits = () => {
    const credits = last?.rotation.credits();
    last?.states.forEach((state, index) => (state.credit = credits?.[index]));
  };
  /** The saved ones; a new one begins within half a turn of its place, so that clients do not all begin with the same. */
  const creditsOf = (states: readonly Known[], weights: Float64Array) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight, index) => states[index]?.credit ?? ((random.next() - 0.5) * weight) / total);
  };

  return {
    name: 'weighted_round_robin',
    createPicker(ready) {
      saveCredits();
      const candidates = candidatesOf(ready);
      const states = candidates.ready.map(stateOf);
      const results = candidates.subchannels.map((subchannel) => ({ kind: 'picked', subchannel }) satisfies Picked);
      const sinceMs = Float64Array.from(states, (state) => state.sinceMs);
      const ramped = createRampedWeights(candidates.weights, sinceMs, { ...slowStart, clock });
      const draw = createDraw(candidates, random);
      const rotation = createSmoothRotation(ramped.weights, creditsOf(states, ramped.weights));
      last = { states, rotation };
      return {
        pick({ avoid }) {
          if (avoid !== undefined) return results[draw(avoid)]!; // drawn from this list
          ramped.update();
          return results[rotation.next()]!;
        },
      };
    },
    forget: known.forget,
    describe(address) {
      const state = known.find(address);
      if (state === undefined) return undefined;
      const readyForMs = clock.monotonicMs() - state.sinceMs;
      return { readyForMs, slowStartShare: slowStartShare(readyForMs, slowStart) };
    },
  };
}

import type { Clock } from '../../core/index.ts';
import { slowStartShare } from './slow-start.ts';

/** Weights that grow while their endpoints are new. */
export interface RampedWeights {
  /** What each one carries now; changed in place. */
  readonly weights: Float64Array;
  /** Brings the weights up to date; costs nothing once nobody is new any more. */
  update(): void;
}

/** How weights grow. */
export interface RampedWeightsOptions {
  readonly slowStartMs: number;
  readonly slowStartFloor: number;
  readonly clock: Clock;
}

/** Steps in which a weight grows from the floor: more would cost reading the clock's answer out in every pick. */
const STEPS = 100;

/** `sinceMs`: when each one was first seen ready. Source of the rule: slowStartShare. */
export function createRampedWeights(
  full: Float64Array,
  sinceMs: Float64Array,
  { clock, ...options }: RampedWeightsOptions,
): RampedWeights {
  const { slowStartMs } = options;
  const weights = Float64Array.from(full);
  const settledAtMs = sinceMs.reduce((latest, ms) => Math.max(latest, ms), -Infinity) + slowStartMs;
  let isRamping = true;
  let nextMs = -Infinity;

  const update = () => {
    if (!isRamping) return;
    const nowMs = clock.monotonicMs();
    if (nowMs < nextMs) return;
    for (let index = 0; index < weights.length; index++) {
      const share = slowStartShare(nowMs - sinceMs[index]!, options); // as long as the weights
      weights[index] = full[index]! * share;
    }
    isRamping = nowMs < settledAtMs;
    nextMs = nowMs + slowStartMs / STEPS;
  };
  update();
  return {
    weights,
    update,
  };
}

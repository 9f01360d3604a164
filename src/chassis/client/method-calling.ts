import type { MethodDescriptor } from 'nice-grpc-common';

import {
  createLatencyQuantile,
  timeoutsOf,
  type CallingConfig,
  type HedgingPolicy,
  type LatencyQuantile,
  type RetryPolicy,
} from '../middleware/client/index.ts';
import type { Bulkhead, CircuitBreaker } from '../resilience/index.ts';

/** A method of a target, as far as the way it is called depends on it. */
export interface CalledMethod {
  /** "/package.Service/Method". */
  readonly path: string;
  readonly isStream: boolean;
  /** It changes nothing, so that it may be asked twice at the same time. */
  readonly isReadOnly: boolean;
}

/** As its descriptor says. */
export function calledMethodOf({ path, requestStream, responseStream, options }: MethodDescriptor): CalledMethod {
  return {
    path,
    isStream: requestStream || responseStream,
    isReadOnly: options.idempotencyLevel === 'NO_SIDE_EFFECTS',
  };
}

/**
 * How calls of one method of one target are made at the moment. Every client of the target reads it at each call, so it is
 * an object whose fields change, and holds nothing that has to be looked up.
 */
export class MethodCalling {
  readonly method: CalledMethod;
  callMs: number | undefined = undefined;
  attemptMs: number | undefined = undefined;
  retry: RetryPolicy | undefined = undefined;
  hedging: HedgingPolicy | undefined = undefined;
  /** Of its attempts, while they are hedged. */
  latency: LatencyQuantile | undefined = undefined;
  breaker: CircuitBreaker | undefined = undefined;
  /** The target's, shared with its other methods. */
  bulkhead: Bulkhead | undefined = undefined;

  constructor(method: CalledMethod) {
    this.method = method;
  }

  /** What does not change the counts behind a part leaves them as they are. */
  configure({ timeouts, retry, hedging }: CallingConfig, parts: Pick<MethodCalling, 'breaker' | 'bulkhead'>): void {
    const { callMs, attemptMs } = timeoutsOf(timeouts, this.method);
    const hedged = this.method.isReadOnly && !this.method.isStream ? hedging : undefined;
    if (hedged?.delayQuantile !== this.hedging?.delayQuantile) {
      this.latency = hedged && createLatencyQuantile(hedged.delayQuantile);
    }
    Object.assign(this, { callMs, attemptMs, retry, hedging: hedged, ...parts });
  }

  /** After how many milliseconds an attempt is slow; undefined: it is not hedged, or not yet. */
  get hedgeDelayMs(): number | undefined {
    const { hedging, latency, breaker } = this;
    if (hedging === undefined || latency === undefined || latency.samples < hedging.minimumSamples) return undefined;
    if (breaker !== undefined && breaker.state.kind !== 'closed') return undefined; // a probe is one call, not two
    return Math.max(hedging.minimumDelayMs, latency.estimateMs);
  }
}

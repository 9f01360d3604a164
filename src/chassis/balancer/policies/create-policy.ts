import { assertNever, type Clock, type Random } from '../../core/index.ts';
import type { BalancingPolicy } from '../picker.ts';
import type { PolicyConfig } from './config.ts';
import { createLeastRequest } from './least-request.ts';
import { createP2cEwma } from './p2c-ewma.ts';
import { createPickFirst } from './pick-first.ts';
import { createRandomPolicy } from './random.ts';
import { createRingHash } from './ring-hash.ts';
import { createRoundRobin } from './round-robin.ts';
import { createWeightedRoundRobin } from './weighted-round-robin.ts';

/** What policies are made with. */
export interface PolicyDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The policy of a configuration. One policy may serve several live pickers, over different endpoints: what it has learned
 * of an endpoint is kept by address, and holds for all of them.
 */
export function createPolicy(config: PolicyConfig, deps: PolicyDeps): BalancingPolicy {
  switch (config.kind) {
    case 'pick_first':
      return createPickFirst(config, deps.random);
    case 'round_robin':
      return createRoundRobin(deps.random);
    case 'weighted_round_robin':
      return createWeightedRoundRobin(config, deps);
    case 'least_request':
      return createLeastRequest(deps.random);
    case 'p2c_ewma':
      return createP2cEwma(config, deps);
    case 'random':
      return createRandomPolicy(deps.random);
    case 'ring_hash':
      return createRingHash(config, deps.random);
    default:
      return assertNever(config);
  }
}

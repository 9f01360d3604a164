import type { Clock, Random } from '../core/index.ts';
import type { BalancingConfig } from './balancing-config.ts';
import type { BalancingPolicy } from './picker.ts';
import { createPolicy, type PolicyConfig } from './policies/index.ts';

/** The policies of one target. */
export interface PolicySet {
  /** For methods without one of their own. */
  readonly main: BalancingPolicy;
  readonly byPattern: ReadonlyMap<string, BalancingPolicy>;
  /** A policy that is configured as before stays the same object: what it has learned outlives other changes. */
  configure(config: BalancingConfig['balancing']): void;
  forget(address: string): void;
}

/** `fallback` is the main policy while none is configured. */
export function createPolicySet(
  fallback: BalancingPolicy,
  deps: { readonly clock: Clock; readonly random: Random },
): PolicySet {
  let known = new Map<string, BalancingPolicy>();
  let main = fallback;
  let byPattern: ReadonlyMap<string, BalancingPolicy> = new Map();
  return {
    get main() {
      return main;
    },
    get byPattern() {
      return byPattern;
    },
    configure({ policy, methods }) {
      const next = new Map<string, BalancingPolicy>();
      const take = (config: PolicyConfig, owner: string) => {
        const key = `${owner} ${JSON.stringify(config)}`;
        const taken = known.get(key) ?? createPolicy(config, deps);
        next.set(key, taken);
        return taken;
      };
      main = policy === undefined ? fallback : take(policy, '');
      byPattern = new Map(Object.entries(methods).map(([name, config]) => [name, take(config, name)]));
      known = next;
    },
    forget(address) {
      fallback.forget?.(address);
      for (const policy of known.values()) policy.forget?.(address);
    },
  };
}

import type { Balancer, EndpointStatus, PickCount, PickerSummary } from '../balancer/index.ts';
import type { Resolver, ResolverState } from '../resolver/index.ts';
import type { FollowedServiceConfig, ServiceConfig, ServiceConfigStatus } from '../service-config/index.ts';
import type { CallingStatus, TargetCalling } from './target-calling.ts';

/** How one target is, for readiness, gauges and the admin port. */
export interface TargetStatus extends CallingStatus {
  readonly target: string;
  readonly resolver: ResolverState;
  readonly endpoints: readonly EndpointStatus[];
  /** How many endpoints are in what state, and whether calls go to more of them than wished. */
  readonly summary: PickerSummary;
  /** Attempts so far, by the zone and version of their endpoints. */
  readonly picks: readonly PickCount[];
  /** The name of the main policy. */
  readonly policy: string;
  readonly config: ServiceConfigStatus & { readonly value: ServiceConfig };
}

/** What can be said of a target now. */
export function statusOf({
  target,
  resolver,
  balancer,
  config,
  calling,
}: {
  readonly target: string;
  readonly resolver: Resolver;
  readonly balancer: Balancer;
  readonly config: FollowedServiceConfig;
  readonly calling: TargetCalling;
}): TargetStatus {
  return {
    target,
    resolver: resolver.state,
    endpoints: balancer.endpoints(),
    summary: balancer.summary,
    picks: balancer.picks,
    policy: balancer.policy,
    config: { ...config.status, value: config.config },
    ...calling.status(),
  };
}

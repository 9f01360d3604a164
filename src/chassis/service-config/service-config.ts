import {
  DEFAULT_BALANCING,
  DEFAULT_EJECTION,
  type BalancingConfig,
  type EjectionOptions,
  type ZoneOptions,
} from '../balancer/index.ts';
import type { TransportChoice } from '../channel/index.ts';
import {
  DEFAULT_CALLING,
  DEFAULT_HEDGING,
  DEFAULT_RETRY_CONFIG,
  type BreakerConfig,
  type CallingConfig,
  type HedgingPolicy,
  type RetryConfig,
  type Timeouts,
} from '../middleware/client/index.ts';
import { DEFAULT_BULKHEAD, type BulkheadOptions } from '../resilience/index.ts';

/**
 * How a process wants to be called. Its callers follow it while they run, so that an operator changes it for all of them
 * at once. The idea is gRPC's service config, with fields of our own:
 * https://github.com/grpc/grpc/blob/master/doc/service_config.md
 */
export interface ServiceConfig extends BalancingConfig, CallingConfig {
  readonly transport: TransportChoice;
}

/** What somebody writes: each field has a default, `false` switches a part off. */
export interface GivenServiceConfig {
  readonly balancing?: Partial<ServiceConfig['balancing']> | undefined;
  readonly zone?: Partial<ZoneOptions> | undefined;
  readonly routes?: ServiceConfig['routes'] | undefined;
  readonly subset?: NonNullable<ServiceConfig['subset']> | false | undefined;
  readonly health?: NonNullable<ServiceConfig['health']> | false | undefined;
  readonly ejection?: Partial<EjectionOptions> | false | undefined;
  readonly panicBelow?: number | undefined;
  readonly transport?: TransportChoice | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  readonly retry?: GivenRetry | false | undefined;
  readonly hedging?: Partial<HedgingPolicy> | false | undefined;
  readonly breaker?: BreakerConfig | false | undefined;
  readonly bulkhead?: Partial<BulkheadOptions> | false | undefined;
}

/** What somebody writes about retries. */
export interface GivenRetry extends Partial<Omit<RetryConfig, 'backoff' | 'budget'>> {
  readonly backoff?: Partial<RetryConfig['backoff']> | undefined;
  readonly budget?: Partial<RetryConfig['budget']> | undefined;
}

/** Where nobody says anything. */
export const DEFAULT_SERVICE_CONFIG: ServiceConfig = { ...DEFAULT_BALANCING, ...DEFAULT_CALLING, transport: 'auto' };

/** Where a process's service config stands, beside the registrations. */
export function serviceConfigKey(process: string): string {
  return `/tradewind/config/${process}`;
}

/** What is given, and the defaults for the rest. */
export function completeServiceConfig(given: GivenServiceConfig, defaults: ServiceConfig): ServiceConfig {
  const { balancing, zone, routes, subset, health, ejection, panicBelow, transport } = given;
  const { timeouts, retry, hedging, breaker, bulkhead } = given;
  return {
    balancing: { ...defaults.balancing, ...balancing },
    zone: { ...defaults.zone, ...zone },
    routes: routes ?? defaults.routes,
    subset: unlessOff(subset, defaults.subset),
    health: unlessOff(health, defaults.health),
    ejection: mergedUnlessOff(ejection, defaults.ejection, DEFAULT_EJECTION),
    panicBelow: panicBelow ?? defaults.panicBelow,
    transport: transport ?? defaults.transport,
    timeouts: { ...defaults.timeouts, ...timeouts },
    retry: completeRetry(retry, defaults.retry),
    hedging: mergedUnlessOff(hedging, defaults.hedging, DEFAULT_HEDGING),
    breaker: unlessOff(breaker, defaults.breaker),
    bulkhead: mergedUnlessOff(bulkhead, defaults.bulkhead, DEFAULT_BULKHEAD),
  };
}

function completeRetry(given: GivenServiceConfig['retry'], defaults: RetryConfig | undefined): RetryConfig | undefined {
  if (given === undefined || given === false) return unlessOff(given, defaults);
  const base = defaults ?? DEFAULT_RETRY_CONFIG;
  return {
    ...base,
    ...given,
    backoff: { ...base.backoff, ...given.backoff },
    budget: { ...base.budget, ...given.budget },
  };
}

/** What is given over the defaults, which are `standard` where the part is off by default. */
function mergedUnlessOff<Part extends object>(
  given: Partial<Part> | false | undefined,
  defaults: Part | undefined,
  standard: Part,
): Part | undefined {
  if (given === undefined || given === false) return unlessOff<Part>(given, defaults);
  return { ...(defaults ?? standard), ...given };
}

function unlessOff<Part>(given: Part | false | undefined, otherwise: Part | undefined): Part | undefined {
  return given === undefined ? otherwise : given === false ? undefined : given;
}

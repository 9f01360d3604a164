import {
  DEFAULT_BALANCING,
  DEFAULT_EJECTION,
  type BalancingConfig,
  type EjectionOptions,
  type ZoneOptions,
} from '../balancer/index.ts';
import type { TransportChoice } from '../channel/index.ts';

/**
 * How a process wants to be called. Its callers follow it while they run, so that an operator changes it for all of them
 * at once. The idea is gRPC's service config, with fields of our own:
 * https://github.com/grpc/grpc/blob/master/doc/service_config.md
 */
export interface ServiceConfig extends BalancingConfig {
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
}

/** Where nobody says anything. */
export const DEFAULT_SERVICE_CONFIG: ServiceConfig = { ...DEFAULT_BALANCING, transport: 'auto' };

/** Where a process's service config stands, beside the registrations. */
export function serviceConfigKey(process: string): string {
  return `/tradewind/config/${process}`;
}

/** What is given, and the defaults for the rest. */
export function completeServiceConfig(given: GivenServiceConfig, defaults: ServiceConfig): ServiceConfig {
  const { balancing, zone, routes, subset, health, ejection, panicBelow, transport } = given;
  return {
    balancing: { ...defaults.balancing, ...balancing },
    zone: { ...defaults.zone, ...zone },
    routes: routes ?? defaults.routes,
    subset: unlessOff(subset, defaults.subset),
    health: unlessOff(health, defaults.health),
    ejection:
      ejection === undefined || ejection === false
        ? unlessOff(ejection, defaults.ejection)
        : { ...(defaults.ejection ?? DEFAULT_EJECTION), ...ejection },
    panicBelow: panicBelow ?? defaults.panicBelow,
    transport: transport ?? defaults.transport,
  };
}

function unlessOff<Part>(given: Part | false | undefined, otherwise: Part | undefined): Part | undefined {
  return given === undefined ? otherwise : given === false ? undefined : given;
}

import type { Balancer, BalancerEvents } from '../balancer/index.ts';
import type { TransportChoice } from '../channel/index.ts';
import type { Emitter } from '../core/index.ts';
import type { Registry } from '../registry/index.ts';
import { formatTarget, type Target } from '../resolver/index.ts';
import {
  DEFAULT_SERVICE_CONFIG,
  completeServiceConfig,
  followServiceConfig,
  serviceConfigKey,
  type FollowedServiceConfig,
  type GivenServiceConfig,
  type ServiceConfigEvents,
} from '../service-config/index.ts';
import type { TargetCalling, TargetCallingEvents } from './target-calling.ts';

type EventsOfParts = BalancerEvents & ServiceConfigEvents & TargetCallingEvents;

/** Every event of a target's balancer, of its service config and of its breakers, with the target's name. */
export type TargetEvents = {
  [Name in keyof EventsOfParts]: EventsOfParts[Name] & { readonly target: string };
};

/** What a factory's options say of the service configs of its targets. */
export interface TargetConfigOptions {
  readonly registry?: Registry | undefined;
  /** What holds where the registry says nothing, by target ("etcd:///user"). */
  readonly serviceConfig?: GivenServiceConfig | ((target: string) => GivenServiceConfig | undefined) | undefined;
  /**
   * How unary calls go out where no service config says it, to all targets or by target; default auto: as each endpoint
   * offers.
   */
  readonly transport?: TransportChoice | ((target: string) => TransportChoice) | undefined;
  /** How calls are tried again where no service config says it. */
  readonly retry?: GivenServiceConfig['retry'];
}

/**
 * The service config of a target, followed where the target is in a registry. Health is watched by default only there: a
 * watch is an open stream, which keeps a program running, as following a registry does anyway.
 */
export function openServiceConfig(
  target: Target,
  { registry, serviceConfig, transport: choice = 'auto', retry }: TargetConfigOptions,
): FollowedServiceConfig {
  const name = formatTarget(target);
  const given = typeof serviceConfig === 'function' ? serviceConfig(name) : serviceConfig;
  const transport = typeof choice === 'function' ? choice(name) : choice;
  const process = 'process' in target ? target.process : undefined;
  const health = process === undefined ? undefined : DEFAULT_SERVICE_CONFIG.health;
  const ofFactory = completeServiceConfig({ retry }, { ...DEFAULT_SERVICE_CONFIG, health, transport });
  const defaults = completeServiceConfig(given ?? {}, ofFactory);
  const watcher = process === undefined ? undefined : registry?.watchValue(serviceConfigKey(process));
  return followServiceConfig(watcher, defaults);
}

/** Hands a target's parts each service config that comes into force. */
export function applyServiceConfig(
  followed: FollowedServiceConfig,
  { balancer, calling }: { readonly balancer: Balancer; readonly calling: TargetCalling },
): void {
  followed.events.on('configured', () => {
    balancer.configure(followed.config);
    calling.configure(followed.config);
    for (const subchannel of balancer.subchannels.values()) subchannel.switchTransport(followed.config.transport);
  });
}

const BALANCER_EVENTS = [
  'endpointAdded',
  'endpointRemoved',
  'subchannelState',
  'health',
  'ejected',
  'unejected',
  'picker',
] as const satisfies readonly (keyof BalancerEvents)[];

/** Tells a target's events on with its name. */
export function forwardEvents(
  target: string,
  from: { readonly balancer: Balancer; readonly config: FollowedServiceConfig; readonly calling: TargetCalling },
  events: Emitter<TargetEvents>,
): void {
  for (const name of BALANCER_EVENTS) {
    // The name pairs the two: what it is of one is with the target what it is of the other.
    from.balancer.events.on(name, (event) => events.emit(name, { ...event, target } as TargetEvents[typeof name]));
  }
  from.config.events.on('configured', (event) => events.emit('configured', { ...event, target }));
  from.calling.events.on('breakerState', (event) => events.emit('breakerState', { ...event, target }));
  from.config.events.on('configRejected', (event) => events.emit('configRejected', { ...event, target }));
}

import { followConfig, type LiveConfig, type LiveConfigEvents, type LiveConfigStatus } from '../live-config/index.ts';
import type { ValueWatcher } from '../registry/index.ts';
import { parseServiceConfig } from './parse-service-config.ts';
import { completeServiceConfig, type ServiceConfig } from './service-config.ts';

/** Which service config is in force, for the admin port. */
export type ServiceConfigStatus = LiveConfigStatus;

/** What happens to a service config. */
export type ServiceConfigEvents = LiveConfigEvents;

/** The service config of one target. */
export type FollowedServiceConfig = LiveConfig<ServiceConfig>;

/** Follows the value of the watcher, which it owns from here on; without one, and without a value, `defaults` hold. */
export function followServiceConfig(watcher: ValueWatcher | undefined, defaults: ServiceConfig): FollowedServiceConfig {
  const read = (json: string) => completeServiceConfig(parseServiceConfig(json), defaults);
  return followConfig({ watcher, defaults, read });
}

import type { Contract } from '../contract/index.ts';
import { followConfig, type LiveConfig } from '../live-config/index.ts';
import type { ValueWatcher } from '../registry/index.ts';
import { DEFAULT_SHEDDING } from '../shedding/index.ts';
import { parseSettings, type KnowsMethod } from './parse-settings.ts';
import { completeSettings, type Settings } from './settings.ts';

/** The settings of one process. */
export type FollowedSettings = LiveConfig<Settings>;

/** Follows the value of the watcher, which it owns from here on; without a value, `defaults` hold. */
export function followSettings(
  watcher: ValueWatcher | undefined,
  { defaults, contract }: { readonly defaults: Settings; readonly contract: Pick<Contract, 'method' | 'services'> },
): FollowedSettings {
  const knows = methodsOf(contract);
  const read = (json: string) => completeSettings(parseSettings(json, knows), defaults, DEFAULT_SHEDDING);
  return followConfig({ watcher, defaults, read });
}

/** The methods and services of a contract, as limits name them. */
export function methodsOf(contract: Pick<Contract, 'method' | 'services'>): KnowsMethod {
  const services = new Set(contract.services.map((service) => `/${service}/*`));
  return (path) => contract.method(path) !== undefined || services.has(path);
}

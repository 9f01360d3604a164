import type { Random } from '../core/index.ts';
import type { Endpoint } from '../resolver/index.ts';
import { lazyPicker, partOf, type PickerOver, type Population } from './population.ts';

/** How calls are kept in the caller's own zone. */
export interface ZoneOptions {
  /** False: zones are not looked at. Default true. */
  readonly prefer: boolean;
  /**
   * Calls stay at home while what can be picked there, by weight, is at least this part of what should be there; below it
   * the missing part of them spills over. Above 0, at most 1; default 0.7.
   */
  readonly spillOverBelow: number;
}

/** Two of three is nearly enough, one of two is not. Source: Envoy's overprovisioning factor of 1.4. */
export const DEFAULT_ZONE: ZoneOptions = { prefer: true, spillOverBelow: 0.7 };

/**
 * Prefers endpoints of the caller's zone. What should be there is what the registry lists for the zone, or an even share of
 * all zones where that is more: whom a crash removes from the list is missed as well. A retry leaves the zone when only the
 * endpoint that failed is in it. Source of the rule: Envoy's priority levels.
 */
export function createZonePreference(
  over: PickerOver,
  ownZone: string,
  { spillOverBelow }: Pick<ZoneOptions, 'spillOverBelow'>,
  random: Random,
): PickerOver {
  return (population) => {
    const home = partOf(population, ({ zone }) => zone === ownZone);
    const abroad = partOf(population, ({ zone }) => zone !== ownZone);
    if (home.pickable.length === 0 || abroad.pickable.length === 0) return over(population);
    const homeShare = shareAtHome(population, home, abroad, spillOverBelow);
    const atHome = lazyPicker(() => over(home));
    const elsewhere = lazyPicker(() => over(abroad));
    return {
      pick(info) {
        const staysHome = homeShare >= 1 || random.next() < homeShare;
        const result = (staysHome ? atHome : elsewhere).pick(info);
        const isAvoided = result.kind === 'picked' && result.subchannel === info.avoid;
        return isAvoided ? (staysHome ? elsewhere : atHome).pick(info) : result;
      },
    };
  };
}

/** The part of the calls that stays in the zone, 0 to 1. */
function shareAtHome(all: Population, home: Population, abroad: Population, spillOverBelow: number): number {
  const able = capacityOf(home.pickable);
  if (capacityOf(abroad.pickable) === 0) return 1;
  const zones = new Set(all.known.map(({ endpoint }) => endpoint.zone)).size;
  const evenShare = capacityOf(all.known) / zones;
  return Math.min(1, able / (spillOverBelow * Math.max(capacityOf(home.known), evenShare)));
}

function capacityOf(endpoints: readonly { readonly endpoint: Endpoint }[]): number {
  return endpoints.reduce((sum, { endpoint }) => sum + endpoint.weight, 0);
}

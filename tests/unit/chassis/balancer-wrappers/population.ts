import type { PickerOver, Population, ReadyEndpoint } from '../../../../src/chassis/balancer/index.ts';
import { endpoint, policyOf } from '../balancer/fleet.ts';

/** An endpoint of a zone and a version. */
export function placed(
  address: string,
  { zone = '', version = '', weight = 100 }: { zone?: string; version?: string; weight?: number },
): ReadyEndpoint {
  const one = endpoint(address, weight);
  return { ...one, endpoint: { ...one.endpoint, zone, version } };
}

/** All of them known; `pickable` defaults to all, `pending` to none. */
export function population(
  known: readonly ReadyEndpoint[],
  { pickable = known, pending = [] }: { pickable?: readonly ReadyEndpoint[]; pending?: readonly ReadyEndpoint[] } = {},
): Population {
  return {
    known: [...known, ...pending].map((one) => ({ endpoint: one.endpoint, isPending: pending.includes(one) })),
    pickable,
  };
}

/** Round robin over whatever part it is given. */
export function roundRobin(): PickerOver {
  const policy = policyOf({ kind: 'round_robin' });
  return ({ pickable }) => policy.createPicker(pickable);
}

import type { Random } from '../core/index.ts';
import type { BalancingConfig } from './balancing-config.ts';
import type { EndpointEntry } from './endpoint-entry.ts';
import { createMethodPolicies } from './method-policies.ts';
import { pickableOf, type Candidate, type Pickable } from './pickable.ts';
import { QUEUE_PICKER, failPicker, type BalancingPolicy, type Picker } from './picker.ts';
import type { PolicySet } from './policy-set.ts';
import { lazyPicker, type PickerOver } from './population.ts';
import { createRouting } from './routes.ts';
import { createZonePreference } from './zone-preference.ts';

/** What a picker is chosen by. */
export interface Choosing {
  readonly target: string;
  readonly entries: readonly EndpointEntry[];
  readonly candidates: readonly Candidate[];
  readonly over: PickerOver;
  readonly panicBelow: number;
  /** Somebody may still become known. */
  readonly inGrace: boolean;
}

/** A picker, and how many it picks from. */
export interface ChosenPicker {
  readonly picker: Picker;
  readonly pickable: number;
  readonly panic: Pickable['panic'];
}

/** Picks among those who can be called; queues while somebody may still become so; fails when nobody will. */
export function choosePicker({ target, entries, candidates, over, panicBelow, inGrace }: Choosing): ChosenPicker {
  const nobody = (picker: Picker): ChosenPicker => ({ picker, pickable: 0, panic: 'none' });
  if (entries.length === 0) {
    return nobody(inGrace ? QUEUE_PICKER : failPicker('NO_ENDPOINTS', `${target}: no endpoint is known`));
  }
  const isPending = entries.some((entry) => entry.isPending);
  if (candidates.length > 0) {
    const { endpoints, panic } = pickableOf(candidates, panicBelow);
    if (panic === 'unhealthy' && isPending) return nobody(QUEUE_PICKER); // those to come may be well
    const known = entries.map((entry) => ({ endpoint: entry.endpoint, isPending: entry.isPending }));
    return { picker: lazyPicker(() => over({ known, pickable: endpoints })), pickable: endpoints.length, panic };
  }
  if (isPending) return nobody(QUEUE_PICKER);
  const addresses = entries.map(describeFailure).join(', ');
  return nobody(failPicker('ENDPOINTS_UNREACHABLE', `${target}: cannot connect to ${addresses}`));
}

/** The endpoint, and why it is not connected to where certificates are the reason. */
function describeFailure({ endpoint, subchannel: { state } }: EndpointEntry): string {
  const refusal = state.kind === 'transient failure' ? state.refusal : undefined;
  return refusal === undefined ? endpoint.address : `${endpoint.address} (${refusal})`;
}

/** From the outside: routes choose a version, zones choose a part of it, methods choose the policy that picks there. */
export function composePickers(
  config: BalancingConfig,
  policies: PolicySet,
  { zone, random }: { readonly zone: string; readonly random: Random },
): PickerOver {
  const policyOver = (policy: BalancingPolicy): PickerOver => {
    return ({ pickable }) => policy.createPicker(pickable);
  };
  const byPattern = new Map([...policies.byPattern].map(([pattern, policy]) => [pattern, policyOver(policy)]));
  const leaf = createMethodPolicies(policyOver(policies.main), byPattern);
  const near = config.zone.prefer && zone !== '' ? createZonePreference(leaf, zone, config.zone, random) : leaf;
  return config.routes.length === 0 ? near : createRouting(near, config.routes, random);
}

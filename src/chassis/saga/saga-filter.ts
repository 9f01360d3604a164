import type { SagaDefinition } from './definition.ts';
import type { SagaStateKind } from './state.ts';

/** Names sagas by how they stand. What is absent lets everything through; what is given must all be true. */
export interface SagaFilter {
  readonly states?: readonly SagaStateKind[];
  readonly name?: string;
  readonly correlationKey?: string;
  /** The name of a step: not over, and at this step (of a group: not done with it). Sagas of a definition that is not known here are at none. */
  readonly step?: string;
  /** Of the failure they are parked for or being undone for. */
  readonly reason?: string;
  readonly minAgeSeconds?: bigint;
  /** Nothing has happened to them for so long. */
  readonly minIdleSeconds?: bigint;
  /** Parked, for so long. */
  readonly minParkedSeconds?: bigint;
  readonly ids?: readonly string[];
}

/** Every state. */
const SAGA_STATES: readonly SagaStateKind[] = ['RUNNING', 'COMPENSATING', 'PARKED', 'COMPLETED', 'COMPENSATED'];

/** A filter as the first twelve parameters of list-sagas and count-sagas. */
export function filterParameters(filter: SagaFilter, definitions: readonly SagaDefinition[]): readonly unknown[] {
  const places = filter.step === undefined ? undefined : placesOf(filter.step, definitions);
  return [
    filter.states ?? SAGA_STATES,
    filter.name ?? null,
    filter.correlationKey ?? null,
    places?.map(({ name }) => name) ?? null,
    places?.map(({ version }) => version) ?? null,
    places?.map(({ stage }) => stage) ?? null,
    places?.map(({ index }) => index) ?? null,
    filter.reason ?? null,
    filter.minAgeSeconds ?? null,
    filter.minIdleSeconds ?? null,
    filter.minParkedSeconds ?? null,
    filter.ids ?? null,
  ];
}

/** Where a step of this name stands, in each definition that has one. */
function placesOf(step: string, definitions: readonly SagaDefinition[]) {
  return definitions.flatMap(({ name, version, steps }) => {
    const index = steps.findIndex((one) => one.name === step);
    const found = steps[index];
    return found === undefined ? [] : [{ name, version, stage: found.stage, index }];
  });
}

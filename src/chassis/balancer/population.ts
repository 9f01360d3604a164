import type { Endpoint } from '../resolver/index.ts';
import type { Picker, ReadyEndpoint } from './picker.ts';

/** An endpoint, and whether it may still become one to pick. */
export interface KnownEndpoint {
  readonly endpoint: Endpoint;
  /** It connects, or has not told its health yet. */
  readonly isPending: boolean;
}

/** Whom a part of a picker chooses from; wrappers split it and hand the parts on. */
export interface Population {
  /** All of them, as the resolver knows them. */
  readonly known: readonly KnownEndpoint[];
  /** Those a call may go to now: never none. */
  readonly pickable: readonly ReadyEndpoint[];
}

/** Makes a picker over a population: a policy, or a wrapper around another of these. */
export type PickerOver = (population: Population) => Picker;

/** The part of a population whose endpoints fit; its pickable part may be none. */
export function partOf({ known, pickable }: Population, fits: (endpoint: Endpoint) => boolean): Population {
  return {
    known: known.filter(({ endpoint }) => fits(endpoint)),
    pickable: pickable.filter(({ endpoint }) => fits(endpoint)),
  };
}

/** Makes the picker when it is first asked: of all the parts that wrappers split a population into, few are used. */
export function lazyPicker(make: () => Picker): Picker {
  let made: Picker | undefined;
  return { pick: (info) => (made ??= make()).pick(info) };
}

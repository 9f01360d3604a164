import type { ReadyEndpoint } from '../picker.ts';

/** What a policy keeps of each endpoint, over updates of addresses and over pickers. */
export interface ByAddress<State> {
  /** The endpoint's own, made when it is first asked for. */
  of(ready: ReadyEndpoint): State;
  /** Undefined: nothing is kept of it. */
  find(address: string): State | undefined;
  /** Calls that are still under way keep what they hold; an endpoint that comes back begins anew. */
  forget(address: string): void;
}

/** `make` is called once per address, and again after `forget`. */
export function createByAddress<State>(make: () => State): ByAddress<State> {
  const states = new Map<string, State>();
  return {
    of({ endpoint: { address } }) {
      const known = states.get(address);
      if (known !== undefined) return known;
      const state = make();
      states.set(address, state);
      return state;
    },
    find: (address) => states.get(address),
    forget: (address) => void states.delete(address),
  };
}

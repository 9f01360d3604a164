import type { Subchannel } from '../../channel/index.ts';
import type { ReadyEndpoint } from '../picker.ts';
import { createByAddress } from './by-address.ts';
import type { Picked } from './picked.ts';

/** Calls of one endpoint that were begun through a policy and have not ended, whichever picker chose it. */
export interface InFlight {
  count: number;
}

/** The calls in flight by endpoint, and the results that count them. */
export interface InFlightCounts {
  of(ready: ReadyEndpoint): InFlight;
  /** A result whose calls count on the endpoint's own number. */
  picked(ready: ReadyEndpoint): Picked;
  /** Grows with every call that begins or ends: who added counts up before sees whether the sum still holds. */
  readonly changes: number;
  forget(address: string): void;
  /** For the admin port. */
  describe(address: string): { readonly inFlight: number } | undefined;
}

/** Belongs to one policy, and outlives its pickers. */
export function createInFlightCounts(): InFlightCounts {
  const states = createByAddress(() => ({ count: 0, picked: undefined as Picked | undefined }));
  let changes = 0;
  const makePicked = (state: InFlight, subchannel: Subchannel): Picked => ({
    kind: 'picked',
    subchannel,
    onStart: () => {
      state.count++;
      changes++;
    },
    onEnd: () => {
      state.count--;
      changes++;
    },
  });
  return {
    of: states.of,
    picked(ready) {
      const state = states.of(ready);
      if (state.picked?.subchannel !== ready.subchannel) state.picked = makePicked(state, ready.subchannel);
      return state.picked!; // just made when it was not there
    },
    get changes() {
      return changes;
    },
    forget: states.forget,
    describe(address) {
      const state = states.find(address);
      return state && { inFlight: state.count };
    },
  };
}

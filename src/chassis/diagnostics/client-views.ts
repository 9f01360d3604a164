import { jsonAnswer, type AdminRoute } from '../admin/index.ts';
import type { ClientFactory, TargetStatus } from '../client/index.ts';

/** What the process's clients know of those they call; `clients` is undefined while there are none yet. */
export function clientViews(clients: () => Pick<ClientFactory, 'status' | 'channels'> | undefined): AdminRoute[] {
  return [
    {
      verb: 'GET',
      path: '/targets',
      about: 'every target the process calls: endpoints, policy, service config and whether that was refused',
      handle: () => jsonAnswer(200, { targets: clients()?.status() ?? [] }),
    },
    {
      verb: 'GET',
      path: '/channels',
      about: 'every connection: its state and since when, transport, calls in flight, shared stream, last failure',
      handle: () => jsonAnswer(200, { targets: clients()?.channels() ?? [] }),
    },
    {
      verb: 'GET',
      path: '/pickers',
      about: 'who gets the calls of each target: policy, who can be picked, what was learned of each endpoint',
      handle: () => jsonAnswer(200, { targets: (clients()?.status() ?? []).map(pickerOf) }),
    },
  ];
}

/** What a target's picker goes by. */
function pickerOf({ target, policy, summary, picks, endpoints, config }: TargetStatus) {
  return {
    ...{ target, policy, summary, picks },
    balancing: config.value.balancing,
    endpoints: endpoints.map(({ address, zone, version, weight, state, health, ejectedForMs, inFlight, learned }) => {
      return { address, zone, version, weight, state, health, ejectedForMs, inFlight, learned };
    }),
  };
}

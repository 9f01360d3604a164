import { createEmitter, type Clock, type Events, type Timer } from '../core/index.ts';
import type { Subchannel, SubchannelState } from '../channel/index.ts';
import { endpointsOf, type Endpoint, type Resolver } from '../resolver/index.ts';
import { QUEUE_PICKER, failPicker, type BalancingPolicy, type Picker } from './picker.ts';

/** What happens in a balancer. */
export interface BalancerEvents {
  endpointAdded: { readonly address: string };
  endpointRemoved: { readonly address: string };
  subchannelState: { readonly address: string; readonly state: SubchannelState };
  /** Another picker is in force. */
  picker: { readonly ready: number; readonly endpoints: number };
}

/** Keeps one subchannel per endpoint of a resolver, and a picker over the READY ones. */
export interface Balancer extends AsyncDisposable {
  /** The one in force; asked anew for every attempt. */
  readonly picker: Picker;
  readonly events: Events<BalancerEvents>;
  /** Every endpoint's subchannel, by address. */
  readonly subchannels: ReadonlyMap<string, Subchannel>;
  /** Drains every subchannel; the signal cuts that short. Picks fail with CLIENT_CLOSED from here on. Idempotent. */
  close(signal?: AbortSignal): Promise<void>;
}

/** What a balancer is made of. It does not own the resolver. */
export interface BalancerOptions {
  /** For messages: "etcd:///user". */
  readonly target: string;
  readonly resolver: Resolver;
  readonly policy: BalancingPolicy;
  /** Opens the subchannel of a new endpoint. */
  readonly connect: (endpoint: Endpoint) => Subchannel;
  readonly clock: Clock;
  /** How long calls wait for the first endpoint to be known before they fail with NO_ENDPOINTS, in milliseconds. */
  readonly graceMs: number;
}

interface Entry {
  readonly endpoint: Endpoint;
  readonly subchannel: Subchannel;
  readonly stop: () => void;
}

/** Begins to connect to every endpoint the resolver knows, and follows its changes. */
export function createBalancer(options: BalancerOptions): Balancer {
  const { target, resolver, policy, connect, clock, graceMs } = options;
  const events = createEmitter<BalancerEvents>();
  const entries = new Map<string, Entry>();
  const subchannels = new Map<string, Subchannel>();
  const draining = new Set<Promise<void>>();
  let picker: Picker = QUEUE_PICKER;
  const forced = new AbortController();
  let closing: Promise<void> | undefined;
  let closed = false;
  let inGrace = true;
  const grace: Timer = clock.setTimer(graceMs, () => {
    inGrace = false;
    refresh();
  });

  const choosePicker = (): { picker: Picker; ready: number } => {
    const all = [...entries.values()];
    const ready = all.filter(({ subchannel }) => subchannel.state.kind === 'ready');
    if (ready.length > 0) return { picker: policy.createPicker(ready), ready: ready.length };
    if (all.length === 0) {
      const nobody = () => failPicker('NO_ENDPOINTS', `${target}: no endpoint is known`);
      return { picker: inGrace ? QUEUE_PICKER : nobody(), ready: 0 };
    }
    const hopeless = all.every(({ subchannel }) => subchannel.state.kind === 'transient failure');
    if (!hopeless) return { picker: QUEUE_PICKER, ready: 0 };
    const addresses = all.map(({ endpoint }) => endpoint.address).join(', ');
    return { picker: failPicker('ENDPOINTS_UNREACHABLE', `${target}: cannot connect to ${addresses}`), ready: 0 };
  };

  const refresh = () => {
    if (closed) return;
    const chosen = choosePicker();
    picker = chosen.picker;
    events.emit('picker', { ready: chosen.ready, endpoints: entries.size });
  };

  const add = (endpoint: Endpoint) => {
    const { address } = endpoint;
    const subchannel = connect(endpoint);
    const stop = subchannel.events.on('state', (state) => {
      events.emit('subchannelState', { address, state });
      refresh();
    });
    entries.set(address, { endpoint, subchannel, stop });
    subchannels.set(address, subchannel);
    events.emit('endpointAdded', { address });
  };

  const drain = (subchannel: Subchannel, signal?: AbortSignal) => {
    const done: Promise<void> = subchannel.close(signal).finally(() => draining.delete(done));
    draining.add(done);
  };

  const remove = ({ endpoint: { address }, subchannel, stop }: Entry) => {
    stop();
    entries.delete(address);
    subchannels.delete(address);
    policy.forget?.(address);
    drain(subchannel, forced.signal);
    events.emit('endpointRemoved', { address });
  };

  const update = (endpoints: readonly Endpoint[]) => {
    const wanted = new Map(endpoints.map((endpoint) => [endpoint.address, endpoint]));
    for (const entry of [...entries.values()]) if (!wanted.has(entry.endpoint.address)) remove(entry);
    for (const endpoint of wanted.values()) {
      const known = entries.get(endpoint.address);
      if (known === undefined) add(endpoint);
      else entries.set(endpoint.address, { ...known, endpoint }); // its weight or zone may be new; its connection stays
    }
    refresh();
  };

  const stopFollowing = resolver.events.on('changed', (state) => update(endpointsOf(state)));
  update(endpointsOf(resolver.state));

  const shutDown = async (signal: AbortSignal | undefined) => {
    stopFollowing();
    grace.cancel();
    const force = () => forced.abort(signal?.reason);
    if (signal?.aborted) force();
    else signal?.addEventListener('abort', force, { once: true });
    for (const entry of [...entries.values()]) remove(entry);
    picker = failPicker('CLIENT_CLOSED', `${target}: the client is closed`);
    events.emit('picker', { ready: 0, endpoints: 0 });
    await Promise.all(draining);
    signal?.removeEventListener('abort', force);
  };
  const close = (signal?: AbortSignal) => {
    closed = true;
    return (closing ??= shutDown(signal));
  };

  return {
    get picker() {
      return picker;
    },
    events,
    subchannels,
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

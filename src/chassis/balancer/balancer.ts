import type { Subchannel, SubchannelState } from '../channel/index.ts';
import { createEmitter, type Clock, type Events, type Random, type Timer } from '../core/index.ts';
import { endpointsOf, type Endpoint, type Resolver } from '../resolver/index.ts';
import { DEFAULT_BALANCING, type BalancingConfig } from './balancing-config.ts';
import { choosePicker, composePickers } from './choose-picker.ts';
import { createEndpointEntry, type EndpointEntry } from './endpoint-entry.ts';
import { createEndpointPicks, type PickCount } from './endpoint-picks.ts';
import { NO_ENDPOINTS, statusOf, type EndpointStatus, type PickerSummary } from './endpoint-status.ts';
import { createOutlierEjection, type EjectionEvents } from './outlier-ejection.ts';
import type { Candidate } from './pickable.ts';
import { QUEUE_PICKER, failPicker, type BalancingPolicy, type Picker } from './picker.ts';
import { createPolicySet } from './policy-set.ts';
import { subsetOf } from './subset.ts';
import { createPickTracking } from './tracked-picks.ts';
import type { PeerHealth } from './watch-health.ts';

/** What happens in a balancer. */
export interface BalancerEvents extends EjectionEvents {
  endpointAdded: { readonly address: string };
  endpointRemoved: { readonly address: string };
  subchannelState: { readonly address: string; readonly state: SubchannelState };
  /** What an endpoint says of its own health. */
  health: { readonly address: string; readonly health: PeerHealth };
  /** Another picker is in force. */
  picker: PickerSummary;
}

/** Keeps one subchannel per endpoint of a resolver, and a picker over those that can be called. */
export interface Balancer extends AsyncDisposable {
  /** The one in force; asked anew for every attempt. */
  readonly picker: Picker;
  readonly events: Events<BalancerEvents>;
  /** Every endpoint's subchannel, by address. */
  readonly subchannels: ReadonlyMap<string, Subchannel>;
  /** The name of the main policy. */
  readonly policy: string;
  readonly summary: PickerSummary;
  /** Attempts begun since the start, by what the endpoints were; never fall. */
  readonly picks: readonly PickCount[];
  endpoints(): readonly EndpointStatus[];
  /** Takes effect with the next pick. Connections, and what policies configured as before have learned, stay. */
  configure(config: BalancingConfig): void;
  /** Drains every subchannel; the signal cuts that short. Picks fail with CLIENT_CLOSED from here on. Idempotent. */
  close(signal?: AbortSignal): Promise<void>;
}

/** What a balancer is made of. It does not own the resolver. */
export interface BalancerOptions {
  /** For messages: "etcd:///user". */
  readonly target: string;
  readonly resolver: Resolver;
  /** The main policy while the configuration names none. */
  readonly policy: BalancingPolicy;
  /** Opens the subchannel of a new endpoint. */
  readonly connect: (endpoint: Endpoint) => Subchannel;
  readonly clock: Clock;
  readonly random: Random;
  /** How long calls wait for the first endpoint to be known before they fail with NO_ENDPOINTS, in milliseconds. */
  readonly graceMs: number;
  /** The zone this process runs in; "" (the default) prefers none. */
  readonly zone?: string | undefined;
  /** Names this client among the others: its subset goes by that. Default "". */
  readonly client?: string | undefined;
  /** Default: DEFAULT_BALANCING. */
  readonly config?: BalancingConfig | undefined;
}

/** Begins to connect to every endpoint the resolver knows, and follows its changes. */
export function createBalancer(options: BalancerOptions): Balancer {
  const { target, resolver, connect, clock, random, graceMs, zone = '', client = '' } = options;
  const events = createEmitter<BalancerEvents>();
  const entries = new Map<string, EndpointEntry>();
  const subchannels = new Map<string, Subchannel>();
  const draining = new Set<Promise<void>>();
  const forced = new AbortController();
  const policies = createPolicySet(options.policy, { clock, random });
  const picks = createEndpointPicks();
  let config = options.config ?? DEFAULT_BALANCING;
  let candidates: readonly Candidate[] = [];
  let picker: Picker = QUEUE_PICKER;
  let summary: PickerSummary = NO_ENDPOINTS;
  let closing: Promise<void> | undefined;
  let closed = false;
  let isRefreshDue = false;
  let inGrace = true;
  const grace: Timer = clock.setTimer(graceMs, () => {
    inGrace = false;
    refresh();
  });

  const ejection = createOutlierEjection(config.ejection, {
    clock,
    peers: () => candidates.filter(({ isServing }) => isServing).map(({ endpoint }) => endpoint.address),
  });
  const track = createPickTracking({
    of(address) {
      const record = ejection.of(address);
      const count = picks.of(address);
      return { started: () => count.add(), ended: (code) => ejection.record(record, code) };
    },
  });
  policies.configure(config.balancing);
  let over = composePickers(config, policies, { zone, random });

  const refresh = () => {
    isRefreshDue = false;
    if (closed) return;
    const all = [...entries.values()];
    candidates = all
      .filter(({ isDecided }) => isDecided)
      .map(({ endpoint, subchannel, health }) => {
        const isEjected = ejection.of(endpoint.address).ejectedUntilMs !== undefined;
        return { endpoint, subchannel, isServing: health !== 'not serving', isEjected };
      });
    const { panicBelow } = config;
    const { pickable, panic, ...chosen } = choosePicker({
      target,
      entries: all,
      candidates,
      over,
      panicBelow,
      inGrace,
    });
    picker = track(chosen.picker);
    summary = {
      endpoints: all.length,
      ready: all.filter(({ subchannel }) => subchannel.state.kind === 'ready').length,
      unhealthy: candidates.filter(({ isServing }) => !isServing).length,
      ejected: candidates.filter(({ isEjected }) => isEjected).length,
      ...{ pickable, panic },
    };
    events.emit('picker', summary);
  };

  /** Loss counts at once, and so does the first who can be picked; what else changes waits for the others of this turn. */
  const onChange = (isUrgent: boolean) => {
    if (isUrgent) return refresh();
    if (isRefreshDue) return;
    isRefreshDue = true;
    setImmediate(() => isRefreshDue && refresh());
  };
  ejection.events.on('ejected', (event) => {
    events.emit('ejected', event);
    refresh();
  });
  ejection.events.on('unejected', (event) => {
    events.emit('unejected', event);
    onChange(false);
  });

  const add = (endpoint: Endpoint) => {
    const { address } = endpoint;
    const subchannel = connect(endpoint);
    const entry = createEndpointEntry(endpoint, subchannel, {
      ...{ clock, random },
      onState(state, wasReady) {
        events.emit('subchannelState', { address, state });
        if (wasReady || state.kind === 'transient failure') resolver.refresh?.(); // it may have moved
        onChange(wasReady || (summary.pickable === 0 && entry.isDecided));
      },
      onHealth(health) {
        events.emit('health', { address, health });
        onChange(health === 'not serving' || summary.pickable === 0);
      },
    });
    entry.watch(config.health?.service);
    entries.set(address, entry);
    subchannels.set(address, subchannel);
    picks.set(endpoint);
    events.emit('endpointAdded', { address });
  };

  const drain = (subchannel: Subchannel, signal?: AbortSignal) => {
    const done: Promise<void> = subchannel.close(signal).finally(() => draining.delete(done));
    draining.add(done);
  };

  const remove = (entry: EndpointEntry) => {
    const { address } = entry.endpoint;
    entry.stop();
    entries.delete(address);
    subchannels.delete(address);
    policies.forget(address);
    ejection.forget(address);
    picks.forget(address);
    drain(entry.subchannel, forced.signal);
    events.emit('endpointRemoved', { address });
  };

  const update = (endpoints: readonly Endpoint[]) => {
    const wanted = new Map(chosenOf(endpoints).map((endpoint) => [endpoint.address, endpoint]));
    for (const entry of [...entries.values()]) if (!wanted.has(entry.endpoint.address)) remove(entry);
    for (const endpoint of wanted.values()) {
      const known = entries.get(endpoint.address);
      if (known === undefined) add(endpoint);
      else {
        known.endpoint = endpoint; // its weight or zone may be new; its connection stays
        picks.set(endpoint);
      }
    }
    refresh();
  };
  const chosenOf = (endpoints: readonly Endpoint[]) => {
    if (config.subset === undefined) return endpoints;
    const isHome = (endpoint: Endpoint) => config.zone.prefer && endpoint.zone === zone;
    const groupOf = (endpoint: Endpoint) => `${isHome(endpoint)} ${endpoint.version}`;
    return subsetOf(endpoints, { ...config.subset, client, groupOf });
  };

  const stopFollowing = resolver.events.on('changed', (state) => update(endpointsOf(state)));
  update(endpointsOf(resolver.state));

  const shutDown = async (signal: AbortSignal | undefined) => {
    stopFollowing();
    grace.cancel();
    ejection.close();
    const force = () => forced.abort(signal?.reason);
    if (signal?.aborted) force();
    else signal?.addEventListener('abort', force, { once: true });
    for (const entry of [...entries.values()]) remove(entry);
    picker = failPicker('CLIENT_CLOSED', `${target}: the client is closed`);
    summary = NO_ENDPOINTS;
    events.emit('picker', summary);
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
    get policy() {
      return policies.main.name;
    },
    get summary() {
      return summary;
    },
    get picks() {
      return picks.counts();
    },
    endpoints: () => [...entries.values()].map((entry) => statusOf(entry, { ejection, policy: policies.main, clock })),
    configure(next) {
      if (closed) return;
      const healthBefore = config.health?.service;
      config = next;
      policies.configure(config.balancing);
      ejection.configure(config.ejection);
      over = composePickers(config, policies, { zone, random });
      if (config.health?.service !== healthBefore) {
        for (const entry of entries.values()) entry.watch(config.health?.service);
      }
      update(endpointsOf(resolver.state));
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

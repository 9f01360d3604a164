import { createEmitter, type Clock, type Timer } from '../core/index.ts';
import type { Instance, Watcher } from '../registry/index.ts';
import { createCoalescer } from './coalesce.ts';
import { createEndpointList } from './endpoints.ts';
import { isRecovering, nextKnown, type ResolverInput } from './last-known-good.ts';
import type { Resolver, ResolverEvents, ResolverState } from './resolver.ts';
import { createSnapshotKeeper } from './snapshot-keeper.ts';
import type { Snapshot } from './snapshot.ts';

/** How a registry's lists become endpoints; everything has a default. */
export interface RegistryResolverOptions {
  /** Changes that follow one another this closely are taken together, in milliseconds; default 20. */
  readonly coalesceMs?: number | undefined;
  /**
   * How long those that are missing are held once a registry that lost everything names somebody again, in milliseconds;
   * default 3,000: the longest wait between two attempts to register, and time to do it.
   */
  readonly settleMs?: number | undefined;
  /** For a start without a registry; default: none. */
  readonly snapshot?: Snapshot | undefined;
  /** A registry that has not answered after this long is taken for one that cannot be reached, in milliseconds; default 500. */
  readonly snapshotAfterMs?: number | undefined;
}

/**
 * Resolves through a registry's watcher, which it owns from here on. The first change is told at once, those that follow
 * closely together. An empty list keeps the last known good one (state "stale"): a wiped or restarted registry must not
 * stop calls between processes that are alive.
 */
export function createRegistryResolver(
  watcher: Watcher,
  clock: Clock,
  options: RegistryResolverOptions = {},
): Resolver {
  const { coalesceMs = 20, settleMs = 3_000, snapshot, snapshotAfterMs = 500 } = options;
  const events = createEmitter<ResolverEvents>();
  const endpoints = createEndpointList();
  const keeper =
    snapshot && createSnapshotKeeper(snapshot, clock, (error) => tell({ kind: 'snapshot not saved', error }));
  let state: ResolverState = { kind: 'resolving' };
  let settling: Timer | undefined;
  let wasReset = false;
  let isClosed = false;

  const tell = (trouble: ResolverEvents['trouble']) => {
    if (!isClosed) events.emit('trouble', trouble);
  };

  const learn = (input: ResolverInput) => {
    const next = nextKnown(state, input);
    if (next === state) return;
    state = next;
    if (!isRecovering(state)) {
      settling?.cancel();
      settling = undefined;
    } else settling ??= clock.setTimer(settleMs, () => learn({ kind: 'settled' }));
    if (state.kind === 'resolved' && watcher.instances !== undefined) keeper?.save(watcher.instances);
    events.emit('changed', state);
  };

  const takeList = () => {
    const list = endpoints.of(watcher.instances ?? []);
    const afterReset = wasReset;
    wasReset = false;
    learn({ kind: 'listed', endpoints: list, afterReset, atMs: clock.monotonicMs() });
  };
  const coalescer = createCoalescer(takeList, coalesceMs, clock);

  const useSnapshot = async () => {
    starting.cancel();
    if (snapshot === undefined || state.kind !== 'resolving') return;
    try {
      const saved = await snapshot.read();
      if (saved === undefined || isClosed) return;
      learn({ kind: 'snapshot', endpoints: endpoints.of(saved.instances), savedAt: saved.savedAt });
    } catch (error) {
      tell({ kind: 'snapshot unreadable', error });
    }
  };
  const starting = clock.setTimer(snapshotAfterMs, () => void useSnapshot());

  const onList = (instances: readonly Instance[], afterReset: boolean) => {
    starting.cancel();
    // Remembered over the lists that follow closely: all at once is not how processes leave.
    if (afterReset || instances.length === 0) wasReset = true;
    coalescer.request();
  };
  if (watcher.instances !== undefined) onList(watcher.instances, false);
  const stops = [
    watcher.events.on('instances', (event) => onList(event.instances, event.afterReset ?? false)),
    watcher.events.on('interrupted', (event) => {
      tell({ kind: 'interrupted', ...event });
      void useSnapshot();
    }),
    watcher.events.on('malformed', (event) => tell({ kind: 'malformed', ...event })),
  ];

  const close = async () => {
    isClosed = true;
    for (const stop of stops) stop();
    for (const timer of [starting, settling]) timer?.cancel();
    coalescer.close();
    await Promise.all([watcher.close(), keeper?.close()]);
  };
  return {
    get state() {
      return state;
    },
    events,
    refresh: () => watcher.refresh?.(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

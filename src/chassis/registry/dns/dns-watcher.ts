import { backoffMs, createBell, createEmitter, type Clock, type Random } from '../../core/index.ts';
import type { Instance } from '../instance.ts';
import type { Watcher, WatcherEvents, WatcherState } from '../registry.ts';
import { createDnsLookup, type DnsAddress, type DnsLookup, type DnsLookupOptions } from './dns-lookup.ts';
import type { DnsName } from './dns-name.ts';

const BACKOFF = { baseMs: 200, maxMs: 5_000 };

/** How a name is followed; everything has a default. */
export interface DnsWatchOptions extends DnsLookupOptions {
  /** Between two lookups, in milliseconds, give or take a quarter; default 10,000. */
  readonly intervalMs?: number | undefined;
  /** Lookups on demand do not follow closer, in milliseconds; default 1,000. */
  readonly minIntervalMs?: number | undefined;
}

/** What a watcher is made with. */
export interface DnsWatcherOptions extends DnsWatchOptions {
  /** Whose instances they are; for a target that is no process: its name. */
  readonly process: string;
  readonly name: DnsName;
  readonly clock: Clock;
  readonly random: Random;
  /** Default: lookups of its own. */
  readonly lookup?: DnsLookup | undefined;
  /** Called once it is closed. */
  readonly onClosed?: (() => void) | undefined;
}

/** A watcher that only sees what it asks for: it can be told to ask now. */
export interface DnsWatcher extends Watcher {
  /** Looks again as soon as may be, because somebody found an address dead. Cheap, and may be called at any rate. */
  refresh(): void;
}

/**
 * Looks a name up again and again. What is not there any more shows within the interval, or at once after refresh(); an
 * answer that is empty is told as such (who resolves keeps the last known good), a failure keeps the list.
 */
export function createDnsWatcher(options: DnsWatcherOptions): DnsWatcher {
  const { process, name, clock, random, onClosed, intervalMs = 10_000, minIntervalMs = 1_000 } = options;
  const lookup = options.lookup ?? createDnsLookup(options);
  const events = createEmitter<WatcherEvents>();
  const closing = new AbortController();
  const { signal } = closing;
  const demand = createBell(clock);
  let instances: readonly Instance[] | undefined;
  let state: WatcherState = { kind: 'listing', failures: 0 };
  let lookups = 0;
  let closed: Promise<void> | undefined;

  const learn = (addresses: readonly DnsAddress[]) => {
    lookups += 1;
    state = { kind: 'watching', revision: String(lookups) };
    const next = addresses.map((address) => toInstance(process, address));
    if (instances !== undefined && JSON.stringify(instances) === JSON.stringify(next)) return;
    instances = next;
    events.emit('instances', { instances });
  };

  const run = async () => {
    for (let failures = 0; !signal.aborted;) {
      const { rings } = demand;
      let delayMs: number;
      try {
        learn(await lookup(name, signal));
        failures = 0;
        delayMs = intervalMs * (0.75 + random.next() / 2);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        state = { kind: 'listing', failures };
        delayMs = backoffMs(failures, BACKOFF, random);
        events.emit('interrupted', { error, delayMs });
      }
      const silentMs = Math.min(delayMs, minIntervalMs);
      await clock
        .sleep(silentMs, signal)
        .then(() => demand.after(rings, { timeoutMs: delayMs - silentMs, signal }))
        .catch(() => undefined); // closed: the loop ends
    }
  };
  const running = run();

  const shutDown = async () => {
    state = { kind: 'closed' };
    closing.abort();
    await running;
    onClosed?.();
  };
  const close = () => (closed ??= shutDown());

  return {
    process,
    get state() {
      return state;
    },
    get instances() {
      return instances;
    },
    events,
    refresh: () => demand.ring(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** All that the name system tells of an instance; its address is its name too. */
export function toInstance(process: string, { address, weight }: DnsAddress): Instance {
  return { process, id: address, address, weight, zone: '', version: '', startedAt: '', metadata: {} };
}

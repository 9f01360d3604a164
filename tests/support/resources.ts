import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

import { getSubchannelPool } from '@grpc/grpc-js/build/src/subchannel-pool.js';

import { eventually } from './eventually.ts';

/** What this process holds open: I7 says that it returns to the baseline. */
export interface Resources {
  readonly descriptors: number;
  /** TCP connections, each of which is an HTTP/2 session. */
  readonly sessions: number;
  /** Timers that keep the process alive. */
  readonly timers: number;
}

/** Nothing that is being closed takes longer. */
const QUIET_MS = 300;

/** Counts them, as Linux shows them. */
function countResources(except?: string): Resources {
  // Clients of etcd share grpc-js's connections, and it looks every ten seconds for those that nobody uses any more.
  getSubchannelPool(true).unrefUnusedSubchannels();
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const connections = openConnections();
  const counted = connections.filter((peer) => peer !== Number(except?.split(':')[1]));
  const descriptors = openDescriptors().length - (connections.length - counted.length);
  return { descriptors, sessions: counted.length, timers };
}

/** What this process holds before a test opens anything; waits until what others left has stopped to go away. */
export async function resourceBaseline(): Promise<Resources> {
  let last = countResources();
  let sinceMs = performance.now();
  return eventually(() => {
    const now = countResources();
    if (now.sessions !== last.sessions || now.descriptors !== last.descriptors) sinceMs = performance.now();
    last = now;
    if (performance.now() - sinceMs < QUIET_MS) throw new Error('connections still come and go before the test');
    return now;
  });
}

/**
 * Waits until this process holds no more than the baseline; resolves to what is still above it, in words. `revived` is a
 * server that was away: a channel that is closed between two attempts to connect makes the next one all the same, and
 * grpc-js 1.14 then keeps that connection until the server goes. Those to it are not counted.
 */
export async function resourceBreaches(baseline: Resources, revived?: string): Promise<readonly string[]> {
  let left: readonly string[] = [];
  const check = () => {
    const now = countResources(revived);
    left = (['descriptors', 'sessions', 'timers'] as const)
      .filter((name) => now[name] > baseline[name])
      .map((name) => `I7: ${now[name]} ${name}, ${baseline[name]} before`);
    if (left.length > 0) throw new Error(left.join('; '));
  };
  await eventually(check).catch(() => undefined); // what is left says it
  return left;
}

/**
 * The peers' ports of those of TCP, from the kernel: Node names only what keeps the process alive, which a resting
 * connection does not.
 */
function openConnections(): readonly number[] {
  const own = new Set(openDescriptors().flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
  return ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/self/net/${table}`, 'utf8').trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => own.has(columns[9] ?? ''))
    .map(([, , peer]) => Number.parseInt(peer?.split(':')[1] ?? '', 16));
}

/** What the open descriptors point to. */
function openDescriptors(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)];
    } catch {
      return []; // the one that the directory was read through
    }
  });
}

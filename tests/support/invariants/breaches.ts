import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from '../eventually.ts';
import type { TestSuite } from '../suite.ts';
import { messageBreaches, parcelBreaches, pointsBreaches, positionBreaches } from './effects.ts';
import { captureBreaches, moneyBreaches } from './money.ts';
import { acknowledgedBreaches, terminalBreaches } from './orders.ts';
import { copyBreaches } from './order-copies.ts';
import { outboxBreaches } from './outbox.ts';
import { readWorld } from './read-world.ts';
import { readRegistry, registryBreaches } from './registry.ts';
import { readResources, resourceBreaches, type HeldOpen } from './resources.ts';
import { sagaBreaches } from './sagas.ts';
import { stockBreaches } from './stock.ts';
import type { Breach, World } from './world.ts';

/** What a test knows of its suite that the suite's own databases cannot tell. */
export interface Known {
  /** Acknowledged orders. */
  readonly orderIds: readonly string[];
  /** What was put on the shelves, by product. */
  readonly received?: ReadonlyMap<string, number>;
  /** Orders whose saga is to wait for an operator. Any other parked saga is a breach. */
  readonly parked?: ReadonlySet<string>;
  /** A notification process was killed: see messageBreaches. */
  readonly mailsMayRepeat?: boolean;
  /** What readResources said before; without it I7 is not looked at. */
  readonly baseline?: readonly HeldOpen[];
}

/** How long a suite may take to become quiet: queued mails, the registry after a restart. */
const QUIET_MS = 15_000;
/** Connections that a burst of calls opened to the sandboxes are kept for 65 s after their last use. */
const RELEASED_MS = 90_000;
const LOOK_AGAIN_MS = 500;
/** A process that was killed is there again well within this, its admin port perhaps another one: so its address is asked for anew. */
const BACK_WITHIN_MS = 30_000;

/**
 * Every invariant of RELIABILITY.md that a suite breaks, in words; empty when all hold. The suite must have nothing more
 * to do: what is still under way some seconds later is a breach.
 */
export async function breaches(suite: TestSuite, known: Known): Promise<readonly Breach[]> {
  const startedAt = performance.now();
  for (;;) {
    const found = await eventually(() => look(suite, known), { timeoutMs: BACK_WITHIN_MS, intervalMs: LOOK_AGAIN_MS });
    const waitsMs = found.every((breach) => breach.startsWith('I7:')) ? RELEASED_MS : QUIET_MS;
    if (found.length === 0 || performance.now() - startedAt > waitsMs) return found;
    await delay(LOOK_AGAIN_MS);
  }
}

/** Every invariant that a world breaks, but for I7 and I8, which are not about what is kept. */
export function worldBreaches(world: World, known: Omit<Known, 'baseline'>): readonly Breach[] {
  return [
    ...stockBreaches(world, known.received),
    ...moneyBreaches(world),
    ...terminalBreaches(world, known.parked),
    ...captureBreaches(world),
    ...positionBreaches(world),
    ...sagaBreaches(world),
    ...pointsBreaches(world),
    ...messageBreaches(world, known),
    ...parcelBreaches(world),
    ...outboxBreaches(world),
    ...copyBreaches(world),
    ...acknowledgedBreaches(world, known.orderIds),
  ];
}

async function look(suite: TestSuite, known: Known): Promise<readonly Breach[]> {
  const [world, registry, resources] = await Promise.all([
    readWorld(suite),
    readRegistry(suite),
    known.baseline === undefined ? [] : readResources(suite),
  ]);
  return [
    ...worldBreaches(world, known),
    ...resourceBreaches(known.baseline ?? [], resources),
    ...registryBreaches(registry),
  ];
}

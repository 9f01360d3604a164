import { setTimeout as delay } from 'node:timers/promises';

import type { CourierName } from '../../../src/chassis/events/index.ts';
import type { CrashPoint } from '../../support/crash-points.ts';
import { startEventFleet, type EventFleet } from '../../support/events/event-fleet.ts';
import { assertEffects, judgeEffects, judgementBreaches } from '../../support/events/judge-effects.ts';
import { createOutboxWriter } from '../../support/events/outbox-writer.ts';
import { eventually } from '../../support/eventually.ts';
import { seededRandom, shuffled } from '../../support/seeded-random.ts';
import { rowResult, type RowResult, type RowSetting } from './row.ts';

/** How long the row is. */
export interface EventsUnderKillsOptions extends Pick<RowSetting, 'seed'> {
  readonly courier: CourierName;
  /** At least so many are written; default 10,000. */
  readonly events?: number;
  /** How many points of publishers and consumers are tried, drawn by the seed; default: all of them. */
  readonly sample?: number;
  /** How often the broker is killed; default 5. */
  readonly brokerKills?: number;
}

/** What happens all the time has happened by then. */
const SOON_MS = 1_500;
/** A point that is not passed in this time after a start is missed. */
const MISSED_AFTER_MS = 10_000;
/** After a death, until the next: the others have taken over by then, or the process is back. */
const BETWEEN_DEATHS_MS = 400;
/** Between two deaths of the broker. */
const BROKER_SERVES_MS = 2_000;
const BROKER_AWAY_MS = 1_000;
const QUIET_WITHIN_MS = 60_000;

/**
 * Scoreboard row 14: two publishers of one outbox (two relays) and two members of one consumer, each killed at every point that it passes, while
 * transactions commit in another order than they took their positions in, and the broker is killed.
 */
export async function eventsUnderKills(options: EventsUnderKillsOptions): Promise<RowResult> {
  const { courier, seed, events = 10_000, sample, brokerKills = 5 } = options;
  const random = seededRandom(seed);
  await using fleet = await startEventFleet({ courier, tellers: 2, listeners: 2, hasCrashPoints: true });
  const writer = createOutboxWriter(fleet.tellers, {
    random,
    writers: 8,
    aggregates: 200,
    inversionMs: 20,
    pauseMs: 40,
  });

  let stop = false;
  const startedAt = performance.now();
  const writing = writer.run(() => stop && writer.written >= events);
  await eventually(() => assertEffects(fleet, 200), { timeoutMs: 30_000 });
  const points = shuffled(fleet.points.seen().filter(isSteady), random).slice(0, sample);
  const killing = killBroker(fleet, brokerKills);
  const missed: CrashPoint[] = [];
  for (const point of points) if (!(await dieAt(fleet, point))) missed.push(point);
  await killing;
  stop = true;
  await writing;
  const wroteMs = performance.now() - startedAt;
  const { written } = writer;
  const late = await eventually(() => assertEffects(fleet, written), { timeoutMs: QUIET_WITHIN_MS }).then(
    () => [],
    () => [`not everything had its effect ${QUIET_WITHIN_MS / 1_000} s after the last kill`],
  );

  const judgement = await judgeEffects(fleet);
  const restarts = fleet.processes.reduce((sum, process) => sum + process.restarts, 0);
  const figure =
    `${courier}: ${judgement.written} events in ${(wroteMs / 1_000).toFixed(0)} s, ${points.length - missed.length} of ` +
    `${points.length} points hit, ${restarts} deaths of publishers and consumers` +
    `${fleet.broker === undefined ? '' : `, ${brokerKills} of the broker`}: ${judgement.lost} lost, ` +
    `${judgement.twice} effects twice, ${judgement.inversions} inversions` +
    `${missed.length === 0 ? '' : `; not hit: ${missed.map(({ process, point }) => `${process} ${point}`).join(', ')}`}`;
  return rowResult(figure, [...late, ...judgementBreaches(judgement)]);
}

/** A transaction is given up where claims move between members, which is chance. */
function isSteady({ point }: CrashPoint): boolean {
  return !point.endsWith('/ROLLBACK');
}

/**
 * What is only passed at a start is passed by a process that is killed elsewhere first, and what its twin does for it once that is killed. Some
 * things are still only done when there is something to do, like taking part in the making of a day's tables.
 */
async function dieAt(fleet: EventFleet, point: CrashPoint): Promise<boolean> {
  const role = point.process.split('-')[0] ?? '';
  const own = fleet.processes.filter(({ instance }) => instance === point.process);
  const twins = fleet.processes.filter(({ instance }) => instance.startsWith(role) && instance !== point.process);
  let died = false;
  for (const victims of [[], own, twins]) {
    for (const victim of victims) await victim.kill();
    fleet.points.arm(point); // what a process was armed for goes with it
    died = await hasDied(fleet, point, victims.length === 0 ? SOON_MS : MISSED_AFTER_MS);
    if (died) break;
  }
  if (!died) fleet.points.disarm(point.process);
  await delay(BETWEEN_DEATHS_MS);
  return died;
}

function hasDied({ points }: EventFleet, { process }: CrashPoint, timeoutMs: number): Promise<boolean> {
  const look = () => {
    if (points.diedAtMs(process) === undefined) throw new Error('it lives');
  };
  return eventually(look, { timeoutMs }).then(
    () => true,
    () => false,
  );
}

async function killBroker({ broker }: EventFleet, times: number): Promise<void> {
  if (broker === undefined) return;
  for (let kill = 0; kill < times; kill += 1) {
    await delay(BROKER_SERVES_MS);
    await broker.server.kill();
    await delay(BROKER_AWAY_MS);
    await broker.server.start();
  }
}

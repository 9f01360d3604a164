import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { orderStateToJSON, type OrderEvent } from '../../../gen/tradewind/order/v1/order.ts';
import type { Random } from '../../../src/chassis/core/index.ts';
import { controlCrashPoints, type CrashPoint, type CrashPointsControl } from '../../support/crash-points.ts';
import { eventually } from '../../support/eventually.ts';
import { breaches as invariantBreaches } from '../../support/invariants/index.ts';
import { untilMailIsOut } from '../../support/mail.ts';
import { seededRandom, shuffled } from '../../support/seeded-random.ts';
import { QUIET_SUITE, startSuite, type TestSuite } from '../../support/suite.ts';
import { ENDS_AS, ORDER_KINDS, startOrderMill, type OrderKind, type OrderMill } from './order-kinds.ts';
import { isProgress } from './resumption.ts';
import { rowResult, type CheckoutSetting, type RowResult } from './row.ts';

/** From the death, and from the new process being ready, to the next thing that happens to the order. */
const RESUMED_WITHIN_MS = 5_000;
/** Work in the background goes on after an order is settled: its mail, a look at its parcel. */
const BACKGROUND_MS = 1_500;
/** More than this at once, and an order's own patience with those it calls is what is tried. */
const CRASHES_AN_ORDER = 3;
/** Orders placed until a point is passed; what only passes by chance takes more than one. */
const MAX_ORDERS = 4;
/** Before the last of them every process starts anew: some things are only done once, like fetching keys. */
const AFRESH_BEFORE = MAX_ORDERS;
/** And after it there is time for what is done now and then, like looking for news of parcels. */
const NOW_AND_THEN_MS = 20_000;

/** One process that dies in the way of one kind of order. */
interface Crash extends CrashPoint {
  readonly kind: OrderKind;
}

/** What became of a crash. */
interface Outage {
  readonly crash: Crash;
  readonly diedAtMs: number;
  readonly readyAtMs: number;
}

/** One order that met crashes, once it was settled. */
interface Journey {
  readonly orderId: string;
  readonly events: readonly OrderEvent[];
}

/** Orders of one kind and the crashes in their way. */
interface Encounter {
  readonly kind: OrderKind;
  readonly journeys: readonly Journey[];
  readonly outages: readonly Outage[];
  /** They never got there. */
  readonly missed: readonly Crash[];
}

/** Scoreboard row 2: every process dies at every named point that four kinds of order pass. */
export async function crashAtEveryPoint(
  options: CheckoutSetting & {
    /** How many points, drawn by the seed and spread over the processes; default: all. */
    readonly sample?: number;
    /**
     * Whether the time that the process takes to start again counts, as it does on a machine that has nothing else to do;
     * otherwise only what comes after that. Default true.
     */
    readonly countsStart?: boolean;
  },
): Promise<RowResult> {
  const random = seededRandom(options.seed);
  const directory = await mkdtemp(join(tmpdir(), 'tradewind-crash-points-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(directory, { recursive: true }));
  const suite = cleanup.use(
    await startSuite({
      args: ['--no-demo', '--checkout', options.checkout],
      environment: { ...QUIET_SUITE, CRASH_POINTS_DIR: directory },
    }),
  );
  const points = controlCrashPoints(directory);
  const mill = await startOrderMill(suite);
  await (
    await (await mill.prepare('checkout')).go()
  ).settled; // what is only done once, like fetching keys, is done
  const known = await recordPoints(points, mill);
  const crashes = draw(known, options.sample, random);

  const processes = [...new Set(known.map(({ process }) => process))];
  const encounters: Encounter[] = [];
  for (const batch of inBatches(crashes)) encounters.push(await meet(batch, { suite, points, mill, processes }));
  await untilMailIsOut(suite);
  const outages = encounters.flatMap(resumptions);
  const found = [
    ...encounters.flatMap(({ missed }) => missed.map((crash) => `${named(crash)}: it did not get there again`)),
    ...encounters.flatMap(wrongEnds),
    ...outages.flatMap((one) => late(one, options.countsStart ?? true)),
    ...(await invariantBreaches(suite, { ...mill, mailsMayRepeat: true })),
  ];
  const died = encounters.reduce((sum, encounter) => sum + encounter.outages.length, 0);
  const figure =
    `${died} of ${crashes.length} points hit (${processes.length} processes, ` +
    `${known.length} points known), ${mill.orderIds.length} orders; resumed after the death ` +
    `${spread(outages.map(({ afterDeathMs }) => afterDeathMs))}, after ready again ` +
    `${spread(outages.map(({ afterReadyMs }) => afterReadyMs))}`;
  return rowResult(figure, found);
}

/**
 * Undisturbed orders of each kind; every point is kept once, for a kind whose orders all pass it. What one order passes and the next does not (a saga
 * runs ahead of its log, and what it writes goes together as it comes) cannot be waited for.
 */
async function recordPoints(
  points: CrashPointsControl,
  mill: OrderMill,
): Promise<readonly (CrashPoint & { readonly kinds: readonly OrderKind[] })[]> {
  const known = new Map<string, CrashPoint & { readonly kinds: OrderKind[] }>();
  for (const kind of ORDER_KINDS) {
    const passed = await pointsOf(kind, points, mill);
    const passedAgain = new Set((await pointsOf(kind, points, mill)).map(nameOf));
    for (const one of passed.filter((point) => passedAgain.has(nameOf(point)))) {
      const before = known.get(nameOf(one)) ?? { ...one, kinds: [] };
      before.kinds.push(kind);
      known.set(nameOf(one), before);
    }
  }
  return [...known.values()];
}

const nameOf = ({ process, point }: CrashPoint): string => `${process} ${point}`;

/** What one undisturbed order passes. */
async function pointsOf(kind: OrderKind, points: CrashPointsControl, mill: OrderMill): Promise<readonly CrashPoint[]> {
  const { go } = await mill.prepare(kind);
  await delay(BACKGROUND_MS);
  points.forget();
  await (
    await go()
  ).settled;
  await delay(BACKGROUND_MS);
  return points.seen();
}

type KnownPoint = CrashPoint & { readonly kinds: readonly OrderKind[] };

/** Every point once, each in the way of one of the kinds that pass it; of a sample, as many of each process as can be. */
function draw(known: readonly KnownPoint[], sample: number | undefined, random: Random): readonly Crash[] {
  const crashes = shuffled(known, random).map(({ process, point, kinds }) => {
    const kind = kinds[Math.floor(random.next() * kinds.length)] ?? 'checkout';
    return { process, point, kind };
  });
  return sample === undefined ? crashes : inTurns(crashes).slice(0, sample);
}

/** The crashes with the processes taking turns. */
function inTurns(crashes: readonly Crash[]): readonly Crash[] {
  const place = new Map<string, number>();
  const turns = crashes.map((crash) => {
    const turn = place.get(crash.process) ?? 0;
    place.set(crash.process, turn + 1);
    return { crash, turn };
  });
  return turns.sort((one, other) => one.turn - other.turn).map(({ crash }) => crash);
}

/** Crashes that meet in the way of one order: of one kind, each of another process. */
function inBatches(crashes: readonly Crash[]): readonly (readonly Crash[])[] {
  return ORDER_KINDS.flatMap((kind) => {
    const batches: Crash[][] = [];
    for (const crash of inTurns(crashes.filter((one) => one.kind === kind))) {
      const fits = (batch: readonly Crash[]) =>
        batch.length < CRASHES_AN_ORDER && batch.every(({ process }) => process !== crash.process);
      const batch = batches.find(fits);
      if (batch === undefined) batches.push([crash]);
      else batch.push(crash);
    }
    return batches;
  });
}

interface Stage {
  readonly suite: TestSuite;
  readonly points: CrashPointsControl;
  readonly mill: OrderMill;
  readonly processes: readonly string[];
}

/** Arms the points, places orders of the kind until all are hit, and waits for every process to be back. */
async function meet(batch: readonly Crash[], { suite, points, mill, processes }: Stage): Promise<Encounter> {
  const [{ kind } = { kind: 'checkout' as const }] = batch;
  const back = new Map<string, Promise<number>>();
  const arm = (crashes: readonly Crash[]) => {
    for (const crash of crashes) {
      back.set(crash.process, readyAgain(suite, crash.process));
      points.arm(crash);
    }
  };
  const journeys: Journey[] = [];
  const missing = () => batch.filter(({ process }) => points.diedAtMs(process) === undefined);
  for (let placed = 1; placed <= MAX_ORDERS && (placed === 1 || missing().length > 0); placed += 1) {
    const next = await mill.prepare(kind);
    if (placed === 1) arm(batch);
    if (placed === AFRESH_BEFORE) {
      const unmet = missing();
      for (const { process } of unmet) points.disarm(process);
      await startAfresh(suite, processes);
      arm(unmet);
    }
    const { orderId, settled } = await next.go();
    journeys.push({ orderId, events: await settled });
    const timeoutMs = placed === MAX_ORDERS ? NOW_AND_THEN_MS : BACKGROUND_MS;
    await eventually(() => expectNone(missing()), { timeoutMs }).catch(() => undefined); // another order
  }
  for (const { process } of missing()) points.disarm(process);
  const outages: Outage[] = [];
  for (const crash of batch) {
    const diedAtMs = points.diedAtMs(crash.process);
    if (diedAtMs !== undefined) outages.push({ crash, diedAtMs, readyAtMs: (await back.get(crash.process)) ?? 0 });
  }
  return { kind, journeys, outages, missed: missing() };
}

/** Kills the processes and waits for their successors. */
async function startAfresh(suite: TestSuite, processes: readonly string[]): Promise<void> {
  const back = processes.map((process) => readyAgain(suite, process));
  for (const name of processes) process.kill(suite.pid(name), 'SIGKILL');
  await Promise.all(back);
}

/** When the process is ready again after its next death, on the machine's clock. */
function readyAgain(suite: TestSuite, process: string): Promise<number> {
  const attempts = suite.events.flatMap((one) =>
    one.event === 'restarted' && one.name === process ? [one.attempt] : [],
  );
  const last = attempts.at(-1) ?? 1;
  const ready = suite
    .next('restarted', ({ name, attempt }) => name === process && attempt > last, 60_000)
    .then(() => Date.now());
  ready.catch(() => undefined); // of a process that did not die, nobody asks
  return ready;
}

function expectNone(missing: readonly Crash[]): void {
  if (missing.length > 0) throw new Error(missing.map(named).join('; '));
}

function named({ process, point, kind }: Crash): string {
  return `${process} at ${point} (${kind})`;
}

function wrongEnds({ kind, journeys, outages }: Encounter): readonly string[] {
  return journeys.flatMap(({ orderId, events }) => {
    const state = events.at(-1)?.state;
    if (state === ENDS_AS[kind]) return [];
    const met = outages.map(({ crash }) => named(crash)).join('; ');
    const reasons = events.flatMap(({ step, reason }) => (reason === '' ? [] : [`${step} ${reason}`]));
    return [`${kind} order ${orderId} ended ${orderStateToJSON(state ?? 0)} (${reasons.join(', ')}) after ${met}`];
  });
}

interface Resumption {
  readonly crash: Crash;
  readonly afterDeathMs: number;
  /** 0 when it went on before. */
  readonly afterReadyMs: number;
}

/** How long each crash held the orders up; those that had nothing left to do are left out. */
function resumptions({ journeys, outages }: Encounter): readonly Resumption[] {
  const progress = journeys
    .flatMap(({ events }) => events)
    .filter(isProgress)
    .map(({ eventTime }) => eventTime?.getTime() ?? 0)
    .sort((one, other) => one - other);
  return outages.flatMap(({ crash, diedAtMs, readyAtMs }) => {
    const wentOnAtMs = progress.find((atMs) => atMs >= diedAtMs);
    if (wentOnAtMs === undefined) return [];
    // Where another died before anything could go on, the time counts from then.
    const since = outages.filter((other) => other.diedAtMs < wentOnAtMs);
    const lastDeathMs = Math.max(...since.map((other) => other.diedAtMs));
    const lastReadyMs = Math.max(readyAtMs, ...since.map((other) => other.readyAtMs));
    return [{ crash, afterDeathMs: wentOnAtMs - lastDeathMs, afterReadyMs: Math.max(0, wentOnAtMs - lastReadyMs) }];
  });
}

function late({ crash, afterDeathMs, afterReadyMs }: Resumption, countsStart: boolean): readonly string[] {
  if ((countsStart ? afterDeathMs : afterReadyMs) <= RESUMED_WITHIN_MS) return [];
  const when = `${Math.round(afterDeathMs)} ms, ${Math.round(afterReadyMs)} ms after it was ready again`;
  return [`${named(crash)}: the order went on only after ${when}`];
}

/** "median 800, longest 1200 ms". */
function spread(values: readonly number[]): string {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return `median ${at(0.5)}, p90 ${at(0.9)}, longest ${at(1)} ms`;
}

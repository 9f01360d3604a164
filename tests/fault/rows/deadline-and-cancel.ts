import { Metadata } from 'nice-grpc';

import { AppError, HEADERS, type Random } from '../../../src/chassis/core/index.ts';
import { eventually } from '../../support/eventually.ts';
import { startEtcdProcess } from '../../support/fault-etcd.ts';
import { machineMs, type Witness } from '../../support/layers/layer-contract.ts';
import { startLayers, type Layer, type Layers } from '../../support/layers/layers.ts';
import { createTestPostgresServer } from '../../support/postgres-server.ts';
import { resourceBaseline, resourceBreaches } from '../../support/resources.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { rowResult, type RowResult, type RowSetting } from './row.ts';

const LAYERS = ['front', 'middle', 'bottom'] as const;
const TIMEOUT_MS = 300;
/** A transaction takes anything from nothing to this, so that many would end after their deadline. */
const LONGEST_WORK_MS = 450;
/** A statement is to have ended soon after its caller gave up in this part of the cases. */
const CANCELLED_RATIO = 0.995;
/** Fewer than the bottom has database connections: no call is to wait for one. */
const DEADLINES_AT_ONCE = 8;
/** Each takes PostgreSQL a process of its own to cancel, on a machine that runs all three layers beside it. */
const CANCELS_AT_ONCE = 4;
/** A caller that gives up before its statement has begun is made up for by another one. */
const CANCEL_ROUNDS = 10;

/**
 * Scoreboard row 13: calls of 300 ms through three processes into a transaction of a real PostgreSQL, and calls whose caller
 * gives up while their statement runs there.
 */
export async function deadlineAndCancel(
  options: RowSetting & {
    readonly calls?: number;
    readonly cancels?: number;
    /**
     * How long after the deadline, as the first caller counts it, no COMMIT is sent any more, and how long after the caller gave
     * up a statement may go on, in milliseconds; default 50. Tests that share the machine with others leave more.
     */
    readonly withinMs?: number;
  },
): Promise<RowResult> {
  const { etcd: kind, transport, calls = 1_000, cancels = 1_000, withinMs = 50 } = options;
  const random = seededRandom(options.seed);
  await using etcd = await startEtcdProcess(kind);
  const postgres = await createTestPostgresServer();
  await using _postgres = { [Symbol.asyncDispose]: () => postgres.close() };
  const database = await fetch(`${postgres.url}?name=layers`, { method: 'POST' });
  if (!database.ok) throw new Error(await database.text());
  const before = await resourceBaseline();
  await using layers = await startLayers({
    etcd: etcd.address,
    transport,
    layers: LAYERS.map((name) => [name, 1] as const),
    // So many calls miss their deadline on purpose that breakers would spare the bottom what is to be seen there.
    configs: Object.fromEntries(LAYERS.map((name) => [name, { breaker: false }])),
    databaseUrl: await database.text(),
  });
  const deadlines = await withDeadlines(layers, { calls, random, withinMs });
  const cancelled = await withCancels(layers, { cancels, random, withinMs });
  await layers[Symbol.asyncDispose]();
  const breaches = [...deadlines.breaches, ...cancelled.breaches, ...(await resourceBreaches(before))];
  return rowResult(`${deadlines.figure}; ${cancelled.figure}`, breaches);
}

async function withDeadlines(
  layers: Layers,
  { calls, random, withinMs }: { readonly calls: number; readonly random: Random; readonly withinMs: number },
) {
  for (const name of LAYERS) await layerOf(layers, name).behave({});
  const startedMs = new Map<string, number>();
  let answered = 0;
  await manyAtOnce(DEADLINES_AT_ONCE, calls, async (index) => {
    const id = `deadline-${index}`;
    const workMs = Math.round(random.next() * LONGEST_WORK_MS);
    const metadata = Metadata({ [HEADERS.callId]: id });
    startedMs.set(id, machineMs());
    await layers.client.keep({ locale: 'test', message: String(workMs) }, { timeoutMs: TIMEOUT_MS, metadata }).then(
      () => (answered += 1),
      (error: unknown) => {
        if (AppError.from(error).status !== 'DEADLINE_EXCEEDED') throw error;
      },
    );
  });
  const [front, middle, bottom] = (await Promise.all(LAYERS.map((name) => layerOf(layers, name).witness()))) as [
    Witness,
    Witness,
    Witness,
  ];

  const reached = Object.keys(bottom.remainingMs);
  const notFalling = reached.filter((id) => {
    const budget = [TIMEOUT_MS, front.remainingMs[id], middle.remainingMs[id], bottom.remainingMs[id]];
    return budget.some((left, hop) => hop > 0 && !(left! < budget[hop - 1]!));
  });
  const commits = Object.entries(bottom.commits);
  const lateMs = commits.map(([id, { atMs }]) => atMs - (startedMs.get(id) ?? NaN) - TIMEOUT_MS);
  const overdue = commits.filter(([, { remainingMs }]) => remainingMs <= -withinMs).length;
  const latest = Math.max(...lateMs);
  const lowest = mean(reached.map((id) => bottom.remainingMs[id]!));
  return {
    figure:
      `${calls} calls of ${TIMEOUT_MS} ms: ${answered} answered, ${lateMs.length} commits, the last ${Math.round(-latest)} ms ` +
      `before its deadline; ${Math.round(lowest)} ms left at the bottom on average`,
    breaches: [
      ...(reached.length < calls * 0.9 ? [`only ${reached.length} of ${calls} calls came to the bottom`] : []),
      ...(lateMs.length === 0 ? ['nothing was committed'] : []),
      ...(overdue > 0
        ? [`${overdue} commits began ${withinMs} ms after the deadline as the bottom itself knew it`]
        : []),
      ...(notFalling.length > 0 ? [`the deadline of ${notFalling.length} calls did not fall at each hop`] : []),
      ...(latest >= withinMs ? [`a commit began ${Math.round(latest)} ms after the deadline`] : []),
    ],
  };
}

async function withCancels(
  layers: Layers,
  { cancels, random, withinMs }: { readonly cancels: number; readonly random: Random; readonly withinMs: number },
) {
  await layerOf(layers, 'bottom').behave({});
  const abortedMs = new Map<string, number>();
  let tookMs: readonly number[] = [];
  for (let round = 0; round < CANCEL_ROUNDS && tookMs.length < cancels; round++) {
    const missing = cancels - tookMs.length;
    await manyAtOnce(CANCELS_AT_ONCE, missing, (index) =>
      cancelOne(layers, { id: `${round}-${index}`, abortedMs, random }),
    );
    tookMs = await cancellationTimes(layerOf(layers, 'bottom'), abortedMs);
  }
  const ratio = tookMs.filter((ms) => ms <= withinMs).length / tookMs.length;
  const percent = `${(100 * ratio).toFixed(2)} %`;
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (part: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN).toFixed(1);
  return {
    figure:
      `${tookMs.length} statements cancelled from the top: ${percent} within ${withinMs} ms, ` +
      `p50 ${at(0.5)} ms, p99.5 ${at(0.995)} ms, slowest ${at(1)} ms`,
    breaches: [
      ...(tookMs.length < cancels ? [`only ${tookMs.length} statements ran when they were cancelled`] : []),
      ...(ratio >= CANCELLED_RATIO ? [] : [`${percent} of the cancellations came in time`]),
    ],
  };
}

/** Calls for a statement without end, and gives up some time later. */
async function cancelOne(
  layers: Layers,
  { id, abortedMs, random }: { readonly id: string; readonly abortedMs: Map<string, number>; readonly random: Random },
): Promise<void> {
  const giveUp = new AbortController();
  const abort = () => {
    abortedMs.set(id, machineMs());
    giveUp.abort();
  };
  const timer = setTimeout(abort, 30 + Math.round(random.next() * 50));
  try {
    const metadata = Metadata({ [HEADERS.callId]: id });
    await layers.client.linger({ locale: 'test', message: '' }, { signal: giveUp.signal, metadata });
    throw new Error('a statement without end has ended');
  } catch (error) {
    if (AppError.from(error).status !== 'CANCELLED') throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** How long each statement went on after its caller had given up. Those that had not begun by then show nothing. */
async function cancellationTimes(bottom: Layer, abortedMs: ReadonlyMap<string, number>): Promise<readonly number[]> {
  const statements = await eventually(async () => {
    const all = Object.entries((await bottom.witness()).statements);
    if (all.some(([, { endedMs }]) => endedMs === undefined)) throw new Error('one still runs');
    return all;
  });
  return statements.flatMap(([id, { startedMs, endedMs }]) => {
    const atMs = abortedMs.get(id) ?? NaN;
    return startedMs < atMs && endedMs !== undefined ? [endedMs - atMs] : [];
  });
}

function layerOf(layers: Layers, name: string): Layer {
  return layers.of(name)[0] as Layer; // one of each was started
}

/** Runs the work so many times, a few at a time. */
async function manyAtOnce(atOnce: number, times: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < times) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

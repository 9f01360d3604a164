import { setTimeout as delay } from 'node:timers/promises';

import { AppError } from '../../../src/chassis/core/index.ts';
import type { GivenServiceConfig } from '../../../src/chassis/service-config/index.ts';
import { startEtcdProcess } from '../../support/fault-etcd.ts';
import { startLayers, type Layer, type Layers } from '../../support/layers/layers.ts';
import { resourceBaseline, resourceBreaches } from '../../support/resources.ts';
import { rowResult, type RowResult, type RowSetting } from './row.ts';

/** Calls at the bottom for each that was offered at the top. */
const MOST_PER_CALL = 1.2;
const HEALED_RATIO = 0.99;
const HEAL_LIMIT_MS = 3_000;
/** Success is judged over so many milliseconds at a time. */
const WINDOW_MS = 250;
const TICK_MS = 5;

/** How hard the storm blows. */
export interface RetryStormOptions extends RowSetting {
  readonly callsPerSecond?: number;
  /** How long the bottom is down, in milliseconds. */
  readonly outageMs?: number;
  /** Retries that each layer may send at once, where a short storm would be nothing but that; default: the product's own. */
  readonly retryBurst?: number;
  /** Runs it a second time without breakers, where retries must behave by themselves. Default true. */
  readonly alsoWithoutBreakers?: boolean;
}

/**
 * Scoreboard row 11: front, middle and bottom, each a process; the test, front and middle all try again what fails. While
 * everything at the bottom is UNAVAILABLE, it counts the calls that reach it; then it is well again.
 */
export async function retryStorm(options: RetryStormOptions): Promise<RowResult> {
  const {
    etcd: kind,
    transport,
    callsPerSecond = 200,
    outageMs = 30_000,
    alsoWithoutBreakers = true,
    retryBurst,
  } = options;
  await using etcd = await startEtcdProcess(kind);
  const storms: { readonly name: string; readonly breaker: undefined | false }[] = [
    { name: 'as configured by default', breaker: undefined },
    ...(alsoWithoutBreakers ? [{ name: 'without breakers', breaker: false as const }] : []),
  ];
  const figures: string[] = [];
  const breaches: string[] = [];
  for (const { name, breaker } of storms) {
    const config: GivenServiceConfig = {
      ...(breaker === undefined ? {} : { breaker }),
      ...(retryBurst === undefined ? {} : { retry: { budget: { capacity: retryBurst } } }),
    };
    const before = await resourceBaseline();
    await using layers = await startLayers({
      etcd: etcd.address,
      transport,
      layers: [
        ['front', 1],
        ['middle', 1],
        ['bottom', 1],
      ],
      configs: { front: config, middle: config, bottom: config },
    });
    const { offered, arrived, successAfterMs } = await blow(layers, { callsPerSecond, outageMs });
    await layers[Symbol.asyncDispose]();
    const perCall = arrived / offered;
    const healed = successAfterMs === undefined ? 'not healed' : `healed in ${Math.round(successAfterMs)} ms`;
    figures.push(`${name}: ${offered} calls offered, ${arrived} at the bottom (${perCall.toFixed(3)} each), ${healed}`);
    if (perCall > MOST_PER_CALL) breaches.push(`${name}: ${perCall.toFixed(3)} calls at the bottom for each offered`);
    if (successAfterMs === undefined || successAfterMs > HEAL_LIMIT_MS) breaches.push(`${name}: ${healed}`);
    breaches.push(...(await resourceBreaches(before)));
  }
  return rowResult(figures.join('; '), breaches);
}

async function blow(layers: Layers, load: { readonly callsPerSecond: number; readonly outageMs: number }) {
  const bottom = layers.of('bottom')[0] as Layer; // one was started
  const answers: { readonly startedMs: number; readonly isOk: boolean }[] = [];
  const outstanding = new Set<Promise<void>>();
  let offered = 0;
  let isOver = false;
  const call = async () => {
    const startedMs = performance.now();
    const isOk = await layers.client.read({ locale: 'test', message: 'x' }).then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        return false;
      },
    );
    answers.push({ startedMs, isOk });
  };
  const run = async () => {
    let atMs = performance.now();
    for (let owed = 0; !isOver;) {
      const nowMs = performance.now();
      owed = Math.min(owed + ((nowMs - atMs) * load.callsPerSecond) / 1_000, load.callsPerSecond);
      atMs = nowMs;
      for (; owed >= 1; owed -= 1) {
        offered += 1;
        const done: Promise<void> = call().finally(() => outstanding.delete(done));
        outstanding.add(done);
      }
      await delay(TICK_MS);
    }
  };

  const running = run();
  await delay(1_000);
  await bottom.behave({ isDown: true });
  const offeredBefore = offered;
  await delay(load.outageMs);
  const { arrivals: arrived } = await bottom.witness();
  const offeredWhileDown = offered - offeredBefore;
  await bottom.behave({ isDown: false });
  const healedAtMs = performance.now();
  await delay(2 * HEAL_LIMIT_MS);
  isOver = true;
  await running;
  await Promise.all(outstanding);
  return { offered: offeredWhileDown, arrived, successAfterMs: successAfter(answers, healedAtMs) };
}

/** When success became lasting: from then on every window of calls had it. Undefined: not before the calls ended. */
function successAfter(
  answers: readonly { readonly startedMs: number; readonly isOk: boolean }[],
  healedAtMs: number,
): number | undefined {
  const windows = new Map<number, { calls: number; ok: number }>();
  for (const { startedMs, isOk } of answers) {
    const index = Math.floor((startedMs - healedAtMs) / WINDOW_MS);
    if (index < 0) continue;
    const window = windows.get(index) ?? { calls: 0, ok: 0 };
    windows.set(index, { calls: window.calls + 1, ok: window.ok + (isOk ? 1 : 0) });
  }
  const failing = [...windows].filter(([, { calls, ok }]) => ok < HEALED_RATIO * calls).map(([index]) => index);
  const healed = Math.max(-1, ...failing) + 1;
  return windows.has(healed) ? healed * WINDOW_MS : undefined;
}

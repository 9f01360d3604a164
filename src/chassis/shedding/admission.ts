import { PRIORITIES, assertNever, type Priority } from '../core/index.ts';
import type { SheddingOptions } from './shedding-options.ts';

/** A number for each priority. */
export type ByPriority = Readonly<Record<Priority, number>>;

/** What a process saw in one window of time. */
export interface LoadWindow {
  readonly elapsedMs: number;
  /** The part of it, from 0 to 1, in which the event loop was busy. */
  readonly utilisation: number;
  /** How long work waited for the event loop, on average. */
  readonly delayMs: number;
  /** Calls that came, by priority; those that were refused included. */
  readonly offered: ByPriority;
  /** Calls that were let in. */
  readonly admitted: number;
}

/** What is known of a process from all windows so far. */
interface Known {
  /** Calls per millisecond that it carries when its loop is always busy, smoothed; undefined: nobody has called yet. */
  readonly capacityPerMs: number | undefined;
}

/** Which calls are let in. */
export type AdmissionState =
  /** All of them. `overloadedWindows`: so many in a row have been, too few to believe in it. */
  | (Known & { readonly kind: 'open'; readonly overloadedWindows: number })
  | (Known & {
      readonly kind: 'shedding';
      /** Calls per millisecond that are let in. */
      readonly budgetPerMs: number;
      /** Calls per millisecond that come, smoothed. */
      readonly offeredPerMs: ByPriority;
      /** The part of each priority that is let in, 0 to 1. Where a priority is not whole, nothing below it comes in. */
      readonly admission: ByPriority;
      /** How long all have been let in without overload. */
      readonly calmMs: number;
    });

/** Nothing is shed, and nothing known. */
export const OPEN: AdmissionState = { kind: 'open', overloadedWindows: 0, capacityPerMs: undefined };

/** One pause of the garbage collector is no overload. */
const CONFIRMING_WINDOWS = 2;
/** A window of fewer calls is not overloaded by them: a start, a report, a neighbour on the machine. */
export const MIN_WINDOW_CALLS = 10;
/** Shedding ends after so long a time without any need of it, so that a load at the edge does not switch it on and off. */
const CALM_MS = 5_000;
/** How much more is let in per window while nothing waits too long: at least, and at most, where the loop has time left. */
const GROWTH = { min: 1.02, max: 1.5 };
/** How much less than the process carries is let in while work waits too long: at least, and at most. */
const CUT = { min: 0.02, max: 0.4 };
/** What share of a backlog the next window is to work off. */
const DRAIN = 0.5;
/** Critical calls are held to the budget in full at so many target delays, and not at all at one: they had better wait a little. */
const PATIENCE = 4;
/** How busy the loop is to be while nothing waits too long. */
const AIM = 0.95;
/** After so much time what was offered before counts half, and after so much work what was carried before. */
const HALF_LIFE_MS = { offered: 100, carried: 300 };
/** Calls per millisecond that are let in whatever happens, so that a recovery is noticed. */
const MIN_BUDGET_PER_MS = 0.01;

/**
 * What is let in after this window. The budget is what the process carries, which is what it carried divided by how busy it was,
 * less what a backlog asks for; it is given to the priorities from the top. That admission is decided by priority and turned by
 * queueing time is from WeChat's DAGOR (Zhou et al., "Overload Control for Scaling WeChat Microservices", SoCC 2018); its
 * fixed steps (5 % down, 1 % up) are replaced by the estimate, which needs no search.
 */
export function nextAdmission(state: AdmissionState, window: LoadWindow, options: SheddingOptions): AdmissionState {
  const isOverloaded = isOverload(window, options);
  const capacityPerMs = capacityAfter(state.capacityPerMs, window);
  const urgency = urgencyOf(window, options);
  switch (state.kind) {
    case 'open': {
      const overloadedWindows = isOverloaded ? state.overloadedWindows + 1 : 0;
      if (overloadedWindows < CONFIRMING_WINDOWS) return { kind: 'open', overloadedWindows, capacityPerMs };
      const budgetPerMs = lower(Infinity, capacityPerMs, window, options);
      return shedding({ budgetPerMs, capacityPerMs, offeredPerMs: ratesOf(window), calmMs: 0 }, urgency);
    }
    case 'shedding': {
      const budgetPerMs = isOverloaded
        ? lower(state.budgetPerMs, capacityPerMs, window, options)
        : higher(state.budgetPerMs, window);
      const offeredPerMs = smoothed(state.offeredPerMs, window);
      const next = shedding({ budgetPerMs, capacityPerMs, offeredPerMs, calmMs: 0 }, urgency);
      if (isOverloaded || next.admission.sheddable < 1) return next;
      const calmMs = state.calmMs + window.elapsedMs;
      return calmMs >= CALM_MS ? { kind: 'open', overloadedWindows: 0, capacityPerMs } : { ...next, calmMs };
    }
    default:
      return assertNever(state);
  }
}

/** The part of a priority that is let in. */
export function admissionOf(state: AdmissionState, priority: Priority): number {
  return state.kind === 'open' ? 1 : state.admission[priority];
}

function isOverload(window: LoadWindow, { targetDelayMs, minUtilisation }: SheddingOptions): boolean {
  return (
    window.delayMs > targetDelayMs &&
    window.utilisation >= minUtilisation &&
    countOf(window.offered) >= MIN_WINDOW_CALLS
  );
}

/** Less the more there is to catch up with; never so little that the process would stand idle once it has. */
function lower(budgetPerMs: number, capacityPerMs: number, window: LoadWindow, options: SheddingOptions): number {
  const backlog = (DRAIN * (window.delayMs - options.targetDelayMs)) / window.elapsedMs;
  const cut = Math.min(CUT.max, Math.max(CUT.min, backlog));
  const less = Math.min(budgetPerMs, capacityPerMs) * (1 - cut);
  return Math.max(MIN_BUDGET_PER_MS, capacityPerMs * (1 - CUT.max), less);
}

/** A little more; much more where that leaves the loop with time to spare, for it is then as busy as it is allowed to be. */
function higher(budgetPerMs: number, { utilisation }: LoadWindow): number {
  return budgetPerMs * Math.min(GROWTH.max, Math.max(GROWTH.min, AIM / Math.max(0.01, utilisation)));
}

/** From 0 to 1: how strictly critical calls are held to the budget. */
function urgencyOf({ delayMs }: LoadWindow, { targetDelayMs }: SheddingOptions): number {
  return Math.min(1, Math.max(0, (delayMs / targetDelayMs - 1) / (PATIENCE - 1)));
}

/** The more a window worked, the more it tells. */
function capacityAfter(before: number | undefined, { admitted, elapsedMs, utilisation }: LoadWindow): number {
  const busyMs = Math.max(1, elapsedMs * utilisation);
  const now = admitted / busyMs;
  return before === undefined ? now : mixed(before, now, busyMs / HALF_LIFE_MS.carried);
}

function shedding(part: Omit<AdmissionState & { kind: 'shedding' }, 'kind' | 'admission'>, urgency: number) {
  let left = part.budgetPerMs;
  const admission = { critical: 0, normal: 0, sheddable: 0 };
  for (const priority of PRIORITIES) {
    if (left <= 0) break;
    const rate = part.offeredPerMs[priority];
    admission[priority] = rate <= left ? 1 : left / rate;
    left -= rate;
  }
  admission.critical = 1 - (1 - admission.critical) * urgency;
  return { kind: 'shedding', ...part, admission } as const;
}

function ratesOf({ offered, elapsedMs }: LoadWindow): ByPriority {
  return each((priority) => offered[priority] / elapsedMs);
}

function smoothed(before: ByPriority, window: LoadWindow): ByPriority {
  const now = ratesOf(window);
  return each((priority) => mixed(before[priority], now[priority], window.elapsedMs / HALF_LIFE_MS.offered));
}

/** What was before counts half after one half-life. */
function mixed(before: number, now: number, halfLives: number): number {
  return now + (before - now) * 0.5 ** halfLives;
}

function countOf({ critical, normal, sheddable }: ByPriority): number {
  return critical + normal + sheddable;
}

function each(valueOf: (priority: Priority) => number): ByPriority {
  return { critical: valueOf('critical'), normal: valueOf('normal'), sheddable: valueOf('sheddable') };
}

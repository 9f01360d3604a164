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

/** Which calls are let in. */
export type AdmissionState =
  /** All of them. `overloadedWindows`: so many in a row have been, too few to believe in it. */
  | { readonly kind: 'open'; readonly overloadedWindows: number }
  | {
      readonly kind: 'shedding';
      /** Calls per millisecond that the process is believed to stand. */
      readonly budgetPerMs: number;
      /** Calls per millisecond that come, smoothed. */
      readonly offeredPerMs: ByPriority;
      /** The part of each priority that is let in, 0 to 1. Where a priority is not whole, nothing below it comes in. */
      readonly admission: ByPriority;
      /** How long all have been let in without overload. */
      readonly calmMs: number;
    };

/** Nothing is shed. */
export const OPEN: AdmissionState = { kind: 'open', overloadedWindows: 0 };

/** One pause of the garbage collector is no overload. */
const CONFIRMING_WINDOWS = 2;
/** A window of fewer calls is not overloaded by them: a start, a report, a neighbour on the machine. */
export const MIN_WINDOW_CALLS = 10;
/** Shedding ends after so long a time without any need of it, so that a load at the edge does not switch it on and off. */
const CALM_MS = 5_000;
/** How much more is tried in a tenth of a second while nothing waits too long, and in one step at most. */
const GROWTH = { factor: 1.02, perMs: 100, max: 2 };
/** How much less is let in per window while work waits too long: at least, and at most. */
const CUT = { min: 0.02, max: 0.5 };
/** What share of a backlog the next window is to work off. */
const DRAIN = 0.5;
/** Of what is estimated from a loop that has time left, so much is believed at once. */
const TRUST = 0.97;
/** Above this an estimate from the utilisation says no more than the delay does. */
const IDLE_BELOW = 0.95;
/** After so long a time what was offered before counts half. */
const HALF_LIFE_MS = 100;
/** Calls per millisecond that are let in whatever happens, so that a recovery is noticed. */
const MIN_BUDGET_PER_MS = 0.01;

/**
 * What is let in after this window. The budget is what the process carried in the window, divided by how busy it was, less
 * what a backlog asks for; it is given to the priorities from the top. That admission is decided by priority and turned by
 * queueing time is from WeChat's DAGOR (Zhou et al., "Overload Control for Scaling WeChat Microservices", SoCC 2018); its
 * fixed steps (5 % down, 1 % up) are replaced by the estimate, which needs no search.
 */
export function nextAdmission(state: AdmissionState, window: LoadWindow, options: SheddingOptions): AdmissionState {
  const isOverloaded = isOverload(window, options);
  switch (state.kind) {
    case 'open': {
      if (!isOverloaded) return OPEN;
      const overloadedWindows = state.overloadedWindows + 1;
      if (overloadedWindows < CONFIRMING_WINDOWS) return { kind: 'open', overloadedWindows };
      return shedding({ budgetPerMs: lower(Infinity, window, options), offeredPerMs: ratesOf(window), calmMs: 0 });
    }
    case 'shedding': {
      const budgetPerMs = isOverloaded ? lower(state.budgetPerMs, window, options) : higher(state.budgetPerMs, window);
      const next = shedding({ budgetPerMs, offeredPerMs: smoothed(state.offeredPerMs, window), calmMs: 0 });
      if (isOverloaded || next.admission.sheddable < 1) return next;
      const calmMs = state.calmMs + window.elapsedMs;
      return calmMs >= CALM_MS ? OPEN : { ...next, calmMs };
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

/** What was carried, and less of it the more there is to catch up with. */
function lower(budgetPerMs: number, window: LoadWindow, { targetDelayMs }: SheddingOptions): number {
  const { elapsedMs, delayMs } = window;
  const cut = Math.min(CUT.max, Math.max(CUT.min, (DRAIN * (delayMs - targetDelayMs)) / elapsedMs));
  return Math.max(MIN_BUDGET_PER_MS, Math.min(budgetPerMs, capacityOf(window)) * (1 - cut));
}

/** A little more; at once what the loop's free time has room for. */
function higher(budgetPerMs: number, window: LoadWindow): number {
  const tried = budgetPerMs * Math.min(GROWTH.max, GROWTH.factor ** (window.elapsedMs / GROWTH.perMs));
  const isTelling = window.utilisation < IDLE_BELOW && window.admitted >= MIN_WINDOW_CALLS;
  return isTelling ? Math.max(tried, capacityOf(window) * TRUST) : tried;
}

/** Calls per millisecond if the loop were busy all the time with calls like these. */
function capacityOf({ admitted, elapsedMs, utilisation }: LoadWindow): number {
  return admitted / elapsedMs / Math.max(0.01, utilisation);
}

function shedding(part: Omit<AdmissionState & { kind: 'shedding' }, 'kind' | 'admission'>) {
  let left = part.budgetPerMs;
  const admission = { critical: 0, normal: 0, sheddable: 0 };
  for (const priority of PRIORITIES) {
    if (left <= 0) break;
    const rate = part.offeredPerMs[priority];
    admission[priority] = rate <= left ? 1 : left / rate;
    left -= rate;
  }
  return { kind: 'shedding', ...part, admission } as const;
}

function ratesOf({ offered, elapsedMs }: LoadWindow): ByPriority {
  return each((priority) => offered[priority] / elapsedMs);
}

function smoothed(before: ByPriority, window: LoadWindow): ByPriority {
  const now = ratesOf(window);
  const weight = 1 - 0.5 ** (window.elapsedMs / HALF_LIFE_MS);
  return each((priority) => before[priority] * (1 - weight) + now[priority] * weight);
}

function countOf({ critical, normal, sheddable }: ByPriority): number {
  return critical + normal + sheddable;
}

function each(valueOf: (priority: Priority) => number): ByPriority {
  return { critical: valueOf('critical'), normal: valueOf('normal'), sheddable: valueOf('sheddable') };
}

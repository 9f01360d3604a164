import { createEmitter, type Clock, type Events, type Priority } from '../core/index.ts';
import {
  MIN_WINDOW_CALLS,
  OPEN,
  admissionOf,
  nextAdmission,
  type AdmissionState,
  type ByPriority,
  type LoadWindow,
} from './admission.ts';
import { callShare } from './call-share.ts';
import type { LoadSampler } from './event-loop-load.ts';
import type { SheddingOptions } from './shedding-options.ts';
import type { TurnClock } from './turn-clock.ts';

/** What a load shedder tells. */
export interface SheddingEvents {
  started: Pick<LoadWindow, 'utilisation' | 'delayMs'>;
  ended: { readonly shed: number; readonly durationMs: number };
}

/** Where a load shedder stands, for gauges and the admin port. */
export interface SheddingStatus {
  readonly state: 'off' | AdmissionState['kind'];
  readonly options: SheddingOptions | false;
  /** The part of each priority that is let in. */
  readonly admission: ByPriority;
  /** Of the last window; 0 before there was one. */
  readonly utilisation: number;
  readonly delayMs: number;
  /** Refused since it was made. */
  readonly shed: ByPriority;
}

/** Decides which calls a process takes. One per process, owned by its server. */
export interface LoadShedder {
  /**
   * Whether this call is let in; for each call once, before anything is made for it. Undefined: it is. Else how long its
   * caller had better wait, in milliseconds.
   */
  admit(priority: Priority, callId: string): number | undefined;
  /** New options from here on; false: everybody is let in. */
  configure(options: SheddingOptions | false): void;
  readonly status: SheddingStatus;
  readonly events: Events<SheddingEvents>;
}

/** What it looks at. */
export interface LoadShedderParts {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly load: LoadSampler;
  readonly turn: TurnClock;
}

/** Decisions are taken anew this often, where calls come. */
const WINDOW_MS = 100;
/** And at the latest after this, however few they are. */
const MAX_WINDOW_MS = 1_000;
/** What may have waited in this turn already, in target delays, when calls are shed: the turn ends, whatever was read in it. */
const MAX_WAIT: ByPriority = { critical: 4, normal: 2, sheddable: 1 };
/** A refused caller waits this long, and up to so much longer the fewer are let in. */
const RETRY_MS = { base: 100, more: 1_000 };

/**
 * Makes a load shedder. It has no timer: windows end when calls come, so that an idle process does nothing for it; and it
 * looks at the loop between windows only, so that a call costs two readings of the clock.
 */
export function createLoadShedder(initial: SheddingOptions | false, parts: LoadShedderParts): LoadShedder {
  const { clock, load, turn } = parts;
  const events = createEmitter<SheddingEvents>();
  const shed = { critical: 0, normal: 0, sheddable: 0 };
  let options = initial;
  let state: AdmissionState = OPEN;
  let last = { utilisation: 0, delayMs: 0 };
  let beganMs = clock.monotonicMs();
  let sheddingSince = { atMs: 0, shed: 0 };
  let offered = { critical: 0, normal: 0, sheddable: 0 };
  let calls = 0;
  let admitted = 0;
  let waitedMs = 0;

  const total = () => shed.critical + shed.normal + shed.sheddable;

  const enter = (next: AdmissionState, nowMs: number) => {
    const before = state;
    state = next;
    if (before.kind === next.kind) return;
    if (next.kind === 'shedding') {
      sheddingSince = { atMs: nowMs, shed: total() };
      events.emit('started', last);
    } else {
      events.emit('ended', { shed: total() - sheddingSince.shed, durationMs: nowMs - sheddingSince.atMs });
    }
  };

  const endWindow = (nowMs: number, current: SheddingOptions) => {
    const { utilisation, delayMs } = load.sample();
    last = { utilisation, delayMs: Math.max(delayMs, calls === 0 ? 0 : waitedMs / calls) };
    const window = { ...last, elapsedMs: nowMs - beganMs, offered, admitted };
    beganMs = nowMs;
    offered = { critical: 0, normal: 0, sheddable: 0 };
    calls = 0;
    admitted = 0;
    waitedMs = 0;
    enter(nextAdmission(state, window, current), nowMs);
  };

  const isLetIn = (priority: Priority, callId: string, turnMs: number, { targetDelayMs }: SheddingOptions) => {
    if (state.kind === 'open') return true;
    if (turnMs > targetDelayMs * MAX_WAIT[priority]) return false;
    const part = state.admission[priority];
    return part >= 1 || callShare(callId) < part;
  };

  return {
    admit(priority, callId) {
      if (options === false) return undefined;
      const nowMs = clock.monotonicMs();
      const elapsedMs = nowMs - beganMs;
      if (elapsedMs >= WINDOW_MS && (calls >= MIN_WINDOW_CALLS || elapsedMs >= MAX_WINDOW_MS))
        endWindow(nowMs, options);
      const turnMs = turn.elapsedMs(nowMs);
      calls += 1;
      offered[priority] += 1;
      waitedMs += turnMs;
      if (isLetIn(priority, callId, turnMs, options)) {
        admitted += 1;
        return undefined;
      }
      shed[priority] += 1;
      return Math.round(RETRY_MS.base + RETRY_MS.more * (1 - admissionOf(state, priority)));
    },
    configure(next) {
      options = next;
      if (next === false) enter(OPEN, clock.monotonicMs());
    },
    get status(): SheddingStatus {
      const nowMs = clock.monotonicMs();
      // Where no more calls come, whoever looks ends the window.
      if (options !== false && nowMs - beganMs >= MAX_WINDOW_MS) endWindow(nowMs, options);
      return {
        state: options === false ? 'off' : state.kind,
        options,
        admission: {
          critical: admissionOf(state, 'critical'),
          normal: admissionOf(state, 'normal'),
          sheddable: admissionOf(state, 'sheddable'),
        },
        ...last,
        shed: { ...shed },
      };
    },
    events,
  };
}

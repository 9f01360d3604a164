import type { Clock, Emitter } from '../core/index.ts';
import type { ChoreographyEvents } from './events.ts';
import { LEASE_MS, type PartStore, type PlayedPart } from './part-store.ts';

/** The steps that one instance is at, kept for as long as it is. */
export interface StepLeases {
  /** Undefined: the instance is at this step already. The lease was taken just now. */
  hold(played: PlayedPart): StepLease | undefined;
  /** Keeps what takes longer, all in one statement, until the signal fires. */
  keepUntil(signal: AbortSignal): Promise<void>;
}

/** One step's. */
export interface StepLease {
  letGo(): void;
}

/** Between two times of keeping, in milliseconds: one may fail before another takes the step. */
const KEEP_EVERY_MS = LEASE_MS / 4;

/** None yet. */
export function createStepLeases(options: {
  readonly part: string;
  readonly store: Pick<PartStore, 'keep'>;
  readonly clock: Clock;
  readonly events: Emitter<ChoreographyEvents>;
}): StepLeases {
  const { part, store, clock, events } = options;
  const held = new Map<string, { readonly subject: string; readonly sinceMs: number }>();

  /** Most steps are over before they need keeping. */
  async function keep(): Promise<void> {
    const beforeMs = clock.monotonicMs() - KEEP_EVERY_MS;
    const subjects = [...held.values()].flatMap(({ subject, sinceMs }) => (sinceMs <= beforeMs ? [subject] : []));
    if (subjects.length === 0) return;
    try {
      await store.keep(subjects);
    } catch (error) {
      events.emit('stepsUnkept', { part, steps: subjects.length, error });
    }
  }

  return {
    hold({ subject, step }) {
      const key = `${subject}/${step}`;
      if (held.has(key)) return undefined;
      held.set(key, { subject, sinceMs: clock.monotonicMs() });
      return { letGo: () => void held.delete(key) };
    },
    async keepUntil(signal) {
      while (!signal.aborted) {
        await clock.sleep(KEEP_EVERY_MS, signal).catch(() => undefined); // the signal: the loop ends
        if (!signal.aborted) await keep();
      }
    },
  };
}

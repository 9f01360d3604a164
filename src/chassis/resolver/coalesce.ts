import type { Clock, Timer } from '../core/index.ts';

/** Does something for the first of many changes at once, and for those that follow closely once for all of them. */
export interface Coalescer {
  /** It is done now, or within the window. */
  request(): void;
  /** Nothing is done after it. */
  close(): void;
}

/** `work` runs at most once per window, and never later than a window after it was requested. */
export function createCoalescer(work: () => void, windowMs: number, clock: Pick<Clock, 'setTimer'>): Coalescer {
  let window: Timer | undefined;
  let isRequested = false;

  const run = () => {
    isRequested = false;
    window = clock.setTimer(windowMs, () => {
      window = undefined;
      if (isRequested) run();
    });
    work();
  };
  return {
    request() {
      if (window === undefined) run();
      else isRequested = true;
    },
    close() {
      window?.cancel();
      window = undefined;
      isRequested = false;
    },
  };
}

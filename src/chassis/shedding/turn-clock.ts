/**
 * How long the event loop has been at its present turn, in milliseconds, counted from the first time somebody asked in it.
 * What came in over any connection in this turn has waited that long for those before it; nothing else knows of that wait.
 */
export interface TurnClock {
  /** `nowMs` is on the monotonic clock. */
  elapsedMs(nowMs: number): number;
}

/** Makes one. `onTurnEnd` calls back when the present turn is over. */
export function createTurnClock(onTurnEnd: (callback: () => void) => void = setImmediate): TurnClock {
  let startedMs: number | undefined;
  const end = () => {
    startedMs = undefined;
  };
  return {
    elapsedMs(nowMs) {
      if (startedMs === undefined) {
        startedMs = nowMs;
        onTurnEnd(end);
      }
      return nowMs - startedMs;
    },
  };
}

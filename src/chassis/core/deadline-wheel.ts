import type { Clock, Timer } from './clock.ts';

/** Something with a deadline. The three links belong to the wheel: 0 and undefined when it is made. */
export interface DeadlineEntry {
  /** On the monotonic clock. */
  readonly deadlineMs: number;
  /** Called once when the deadline has passed, unless the entry was removed before. Does not throw. */
  expire(): void;
  wheelTick: number;
  wheelNext: DeadlineEntry | undefined;
  wheelPrevious: DeadlineEntry | undefined;
}

/** Many deadlines on one timer; adding and removing are a few assignments, and make no garbage. */
export interface DeadlineWheel {
  /** Expires it at its deadline or up to two milliseconds later, never before. */
  add(entry: DeadlineEntry): void;
  /** Harmless when it expired or was removed already. */
  remove(entry: DeadlineEntry): void;
  /** Stops the timer: nothing expires from here on. */
  close(): void;
}

const TICK_MS = 2;
/** One turn is 8 s, longer than most deadlines; what lies further ahead stays in its slot for another turn. */
const SLOTS = 4_096;

/**
 * A hashed timing wheel: deadlines of the same tick share a slot, slots are linked lists. Its timer sleeps until the
 * earliest slot in use, so calls that end in time, nearly all of them, wake nobody. Keeps no process alive.
 * Source: Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", scheme 6.
 */
export function createDeadlineWheel(clock: Clock): DeadlineWheel {
  const slots: (DeadlineEntry | undefined)[] = new Array<undefined>(SLOTS).fill(undefined);
  let wakeTick = Infinity; // no entry is due before
  let timer: Timer | undefined;
  let count = 0;

  const sleepUntil = (tick: number) => {
    timer?.cancel();
    wakeTick = tick;
    timer = clock.setTimer(Math.max(0, tick * TICK_MS - clock.monotonicMs()), wake);
  };

  const unlink = (entry: DeadlineEntry) => {
    const { wheelNext: next, wheelPrevious: previous } = entry;
    if (previous === undefined) slots[entry.wheelTick % SLOTS] = next;
    else previous.wheelNext = next;
    if (next !== undefined) next.wheelPrevious = previous;
    entry.wheelTick = 0;
    entry.wheelNext = undefined;
    entry.wheelPrevious = undefined;
    count -= 1;
  };

  const expireUpTo = (nowTick: number) => {
    const due: DeadlineEntry[] = [];
    for (let tick = Math.max(wakeTick, nowTick - SLOTS + 1); tick <= nowTick; tick++) {
      for (let entry = slots[tick % SLOTS]; entry !== undefined; entry = entry.wheelNext) {
        if (entry.wheelTick <= nowTick) due.push(entry);
      }
    }
    for (const entry of due) {
      if (entry.wheelTick === 0) continue; // removed by what another one's end caused
      unlink(entry);
      entry.expire();
    }
  };

  const earliestFrom = (nowTick: number): number => {
    for (let tick = nowTick; tick < nowTick + SLOTS; tick++) {
      for (let entry = slots[tick % SLOTS]; entry !== undefined; entry = entry.wheelNext) {
        if (entry.wheelTick === tick) return tick;
      }
    }
    return nowTick + SLOTS;
  };

  const wake = () => {
    const nowTick = Math.floor(clock.monotonicMs() / TICK_MS);
    expireUpTo(nowTick);
    if (count > 0) sleepUntil(earliestFrom(nowTick));
    else wakeTick = Infinity;
  };

  return {
    add(entry) {
      const tick = Math.max(1, Math.ceil(entry.deadlineMs / TICK_MS));
      const head = slots[tick % SLOTS];
      entry.wheelTick = tick;
      entry.wheelNext = head;
      if (head !== undefined) head.wheelPrevious = entry;
      slots[tick % SLOTS] = entry;
      count += 1;
      if (tick < wakeTick) sleepUntil(tick);
    },
    remove(entry) {
      if (entry.wheelTick !== 0) unlink(entry);
    },
    close() {
      timer?.cancel();
      wakeTick = -Infinity; // no tick is earlier, so that nothing starts the timer again
    },
  };
}

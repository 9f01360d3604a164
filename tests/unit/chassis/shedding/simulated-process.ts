import type { Priority, Random } from '../../../../src/chassis/core/index.ts';
import {
  createLoadShedder,
  createTurnClock,
  type LoadShedder,
  type SheddingOptions,
} from '../../../../src/chassis/shedding/index.ts';

/** Calls of one kind that come at an even pace, in random order among the others. */
export interface Traffic {
  readonly priority: Priority;
  readonly perSecond: number;
}

/** What became of the calls of one priority. */
export interface Served {
  readonly offered: number;
  readonly served: number;
  /** Of those that were served, from arrival to answer. */
  readonly longestMs: number;
}

/** A process with one thread: each turn of its loop takes all calls that have arrived, and works on those let in. */
export interface SimulatedProcess {
  readonly shedder: LoadShedder;
  /** Lets traffic come for so long a time, and says what became of it. */
  run(seconds: number, traffic: readonly Traffic[]): Readonly<Record<Priority, Served>>;
}

/** What the machine costs. */
export interface Costs {
  readonly callMs: number;
  readonly refusalMs: number;
}

interface Arrival {
  readonly atMs: number;
  readonly priority: Priority;
  readonly id: string;
}

/** The same `random` gives the same run. */
export function simulateProcess(
  options: SheddingOptions | false,
  { callMs, refusalMs }: Costs,
  random: Random,
): SimulatedProcess {
  let nowMs = 0;
  let busyMs = 0;
  let turnEnds: (() => void)[] = [];
  let turns: number[] = [];
  let sampledMs = 0;
  let sampledBusyMs = 0;
  let lastId = 0;
  const work = (ms: number) => {
    nowMs += ms;
    busyMs += ms;
  };
  const shedder = createLoadShedder(options, {
    clock: { monotonicMs: () => nowMs },
    turn: createTurnClock((end) => turnEnds.push(end)),
    load: {
      sample() {
        const utilisation = nowMs === sampledMs ? 0 : (busyMs - sampledBusyMs) / (nowMs - sampledMs);
        const delayMs = turns.length === 0 ? 0 : turns.reduce((sum, ms) => sum + ms, 0) / turns.length;
        sampledMs = nowMs;
        sampledBusyMs = busyMs;
        turns = [];
        return { utilisation, delayMs };
      },
      close: () => undefined,
    },
  });

  const arrivals = (fromMs: number, seconds: number, traffic: readonly Traffic[]): Arrival[] =>
    traffic
      .flatMap(({ priority, perSecond }) =>
        Array.from({ length: Math.round(perSecond * seconds) }, () => {
          lastId += 1;
          return { atMs: fromMs + random.next() * seconds * 1_000, priority, id: `call-${lastId}` };
        }),
      )
      .sort((a, b) => a.atMs - b.atMs);

  return {
    shedder,
    run(seconds, traffic) {
      const waiting = arrivals(nowMs, seconds, traffic);
      const endMs = nowMs + seconds * 1_000;
      const count = () => ({ offered: 0, served: 0, longestMs: 0 });
      const result = { critical: count(), normal: count(), sheddable: count() };
      let next = 0;
      while (next < waiting.length) {
        nowMs = Math.max(nowMs, waiting[next]!.atMs); // idle until then
        const turnBeganMs = nowMs;
        let until = next;
        while (until < waiting.length && waiting[until]!.atMs <= turnBeganMs) until += 1;
        for (; next < until; next++) {
          const { atMs, priority, id } = waiting[next]!;
          const tally = result[priority];
          tally.offered += 1;
          if (shedder.admit(priority, id) !== undefined) {
            work(refusalMs);
            continue;
          }
          work(callMs);
          tally.served += 1;
          tally.longestMs = Math.max(tally.longestMs, nowMs - atMs);
        }
        turns.push(nowMs - turnBeganMs);
        const ends = turnEnds;
        turnEnds = [];
        for (const end of ends) end();
      }
      nowMs = Math.max(nowMs, endMs);
      return result;
    },
  };
}

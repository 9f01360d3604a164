/** One thing that is to happen. */
interface Occasion {
  readonly atMs: number;
  readonly turn: number;
  happen(): void | Promise<void>;
}

/** Virtual time, and the order in which everything happens: one event after the other, each at its time. */
export interface Schedule {
  /** The world's time, which the database's clock shows. */
  readonly nowMs: number;
  /** How many events there have been. */
  readonly count: number;
  /** Lets something happen later; what is given the same time happens in the order it was given. */
  after(ms: number, happen: () => void | Promise<void>): void;
  /** To be called by an event that ran code of a process: what that code does at once is done before the next event. */
  touch(): void;
  /** Runs events until none is left, time is up, or `until` holds. */
  run(options: { readonly endMs: number; readonly until?: () => boolean }): Promise<void>;
}

/** A schedule at time 0 with nothing on it. */
export function createSchedule(): Schedule {
  const heap: Occasion[] = [];
  let nowMs = 0;
  let turn = 0;
  let count = 0;
  let touched = true;

  return {
    get nowMs() {
      return nowMs;
    },
    get count() {
      return count;
    },
    after(ms, happen) {
      push(heap, { atMs: nowMs + Math.max(0, ms), turn: (turn += 1), happen });
    },
    touch() {
      touched = true;
    },
    async run({ endMs, until }) {
      for (;;) {
        if (touched) {
          touched = false;
          await allSettled();
        }
        const [next] = heap;
        if (next === undefined || next.atMs > endMs || until?.() === true) return;
        pop(heap);
        nowMs = next.atMs;
        count += 1;
        const done = next.happen();
        if (done !== undefined) await done;
      }
    },
  };
}

/** Everything that follows from what was done, promise by promise: an immediate runs when no microtask is left. */
function allSettled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(one: Occasion, other: Occasion): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.turn < other.turn);
}

function push(heap: Occasion[], item: Occasion): void {
  let at = heap.length;
  heap.push(item);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !isBefore(item, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = item;
}

function pop(heap: Occasion[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const right = left + 1;
    let child = heap[left];
    let place = left;
    const other = heap[right];
    if (child !== undefined && other !== undefined && isBefore(other, child)) {
      child = other;
      place = right;
    }
    if (child === undefined || !isBefore(child, last)) break;
    heap[at] = child;
    at = place;
  }
  heap[at] = last;
}

import { createBell, type Clock } from '../core/index.ts';

/** How many events are under way to a consumer that has not acknowledged them. */
export interface AckWindow {
  /** How many more may be sent. */
  readonly room: number;
  /** These were sent, in the order of their positions. */
  sent(positions: readonly bigint[]): void;
  /** Everything up to here was handled. */
  acknowledge(position: bigint): void;
  /** Resolves when there is room; rejects with an AbortError when the signal fires first. */
  hasRoom(signal: AbortSignal): Promise<void>;
}

/** Looked at again after so long although nothing was heard, in milliseconds. */
const LOOK_MS = 60_000;

/** An empty one of `size` events. */
export function createAckWindow(size: number, clock: Pick<Clock, 'setTimer'>): AckWindow {
  const bell = createBell(clock);
  let underWay: bigint[] = [];
  return {
    get room() {
      return size - underWay.length;
    },
    sent(positions) {
      underWay.push(...positions);
    },
    acknowledge(position) {
      const first = underWay.findIndex((sent) => sent > position);
      underWay = first === -1 ? [] : underWay.slice(first);
      bell.ring();
    },
    async hasRoom(signal) {
      while (underWay.length >= size) await bell.after(bell.rings, { timeoutMs: LOOK_MS, signal });
    },
  };
}

import type { Clock } from '../../../core/index.ts';
import { PARTITIONS } from '../../partition.ts';

/** A partition and its last event; 0: it has had none. */
export interface Marker {
  readonly partition: number;
  readonly position: bigint;
}

/**
 * When to say where a partition stands, so that consumers notice what the broker lost although no later event tells them, and keep up with the log
 * where nothing happens: once it was quiet for a while, and again from time to time, as markers get lost as well.
 */
export interface Markers {
  /** An event of the partition was sent. */
  sent(partition: number, position: bigint): void;
  /** Those that are to be sent now; they count as sent. */
  due(): readonly Marker[];
}

/** A partition that had no event for so long is told of, in milliseconds. */
const QUIET_MS = 1_000;
/** And then again and again, in milliseconds. */
const REPEAT_MS = 15_000;

/** All partitions are due at once: the broker was just connected to. */
export function createMarkers(positions: ReadonlyMap<number, bigint>, clock: Pick<Clock, 'monotonicMs'>): Markers {
  const partitions = new Map<number, { position: bigint; dueAtMs: number }>();
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    partitions.set(partition, { position: positions.get(partition) ?? 0n, dueAtMs: -Infinity });
  }
  return {
    sent(partition, position) {
      partitions.set(partition, { position, dueAtMs: clock.monotonicMs() + QUIET_MS });
    },
    due() {
      const nowMs = clock.monotonicMs();
      return [...partitions].flatMap(([partition, state]) => {
        if (state.dueAtMs > nowMs) return [];
        state.dueAtMs = nowMs + REPEAT_MS;
        return [{ partition, position: state.position }];
      });
    },
  };
}

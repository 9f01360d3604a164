import { isAbortError, type Clock } from '../../chassis/core/index.ts';
import type { Database } from '../../chassis/store/index.ts';
import type { ShipmentId } from './domain.ts';
import type { ShipmentRepository } from './repository.ts';

/** Wakes those who follow shipments, whichever replica learned the news. */
export interface ShipmentBell {
  /**
   * Calls back whenever the shipment may have new events, sometimes also when it has none, until the function it returns
   * is called. Who follows first and reads then misses nothing.
   */
  follow(id: ShipmentId, wake: () => void): () => void;
  /** This process has just committed an event. */
  ring(shipment: { readonly id: ShipmentId; readonly lastPosition: bigint }): void;
  /** Looks for what other replicas committed while somebody follows. Ends with the signal. */
  run(signal: AbortSignal): Promise<void>;
}

/** How often the database is asked what other replicas committed, in milliseconds. */
const LOOK_MS = 200;

/** How many shipments one question asks for. */
const BATCH = 1_000;

interface Followed {
  /** The last position anybody was woken for. */
  position: bigint;
  readonly wakes: Set<() => void>;
}

/** One question to the database for all who follow, instead of one each. */
export function createShipmentBell(options: {
  readonly database: Database;
  readonly shipments: ShipmentRepository;
  readonly clock: Clock;
}): ShipmentBell {
  const { database, shipments, clock } = options;
  const followed = new Map<ShipmentId, Followed>();

  function ring({ id, lastPosition }: { readonly id: ShipmentId; readonly lastPosition: bigint }): void {
    const entry = followed.get(id);
    if (entry === undefined || lastPosition <= entry.position) return;
    entry.position = lastPosition;
    for (const wake of entry.wakes) wake();
  }

  async function look(): Promise<void> {
    const ids = [...followed.keys()];
    for (let start = 0; start < ids.length; start += BATCH) {
      const rows = await shipments.lastPositions(database, ids.slice(start, start + BATCH));
      for (const { id, last_position: lastPosition } of rows) ring({ id, lastPosition });
    }
  }

  return {
    follow(id, wake) {
      const entry = followed.get(id) ?? { position: 0n, wakes: new Set() };
      followed.set(id, entry);
      const own = () => wake(); // one place in the set for each follower, whatever it passes
      entry.wakes.add(own);
      return () => {
        entry.wakes.delete(own);
        if (entry.wakes.size === 0 && followed.get(id) === entry) followed.delete(id);
      };
    },
    ring,
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(LOOK_MS, signal);
        await look().catch((error: unknown) => {
          if (isAbortError(error)) throw error;
          // Without the database nobody can be told; each follower finds out for itself and tells its caller.
          for (const { wakes } of followed.values()) for (const wake of wakes) wake();
        });
      }
    },
  };
}

import {
  AppError,
  backgroundCall,
  backoffMs,
  isAbortError,
  runInCall,
  type Clock,
  type Random,
} from '../../chassis/core/index.ts';
import type { Database } from '../../chassis/store/index.ts';
import type { Logger } from '../../chassis/telemetry/index.ts';
import type { CarrierClient } from './carrier-client.ts';
import { transition } from './domain.ts';
import type { ShipmentRepository, Tracked } from './repository.ts';
import type { StoredShipment } from './rows.ts';

/** What the tracker is made of. */
export interface TrackerOptions {
  readonly database: Database;
  readonly shipments: ShipmentRepository;
  readonly carrier: CarrierClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The shortest wait between two looks at one shipment, in milliseconds; doubled while there is no news of it. */
  readonly intervalMs: number;
  /** The longest. */
  readonly maxIntervalMs: number;
  /** Told of every shipment that changed, once that is committed. */
  readonly changed: (shipment: StoredShipment) => void;
}

/** Learns from the carrier what became of the parcels on their way. */
export interface Tracker {
  /** Looks again and again until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
}

/** How many shipments are taken up at once, and how many of them are asked for at a time. */
const BATCH = 100;
const CONCURRENCY = 8;

/** While the carrier answers nothing at all, the rounds get rarer too, down to one in this time. */
const MAX_PAUSE_MS = 30_000;

/** Several instances share the work: each takes what no other has, and what it learns is taken up once. */
export function createTracker(options: TrackerOptions): Tracker {
  const { database, shipments, carrier, clock, random, logger, intervalMs, maxIntervalMs, changed } = options;

  async function look({ id, carrierReference, carrierSequence }: Tracked): Promise<void> {
    const news = await carrier.newsAfter(carrierReference, carrierSequence);
    if (news.length === 0) return;
    const after = await database.transaction(async (tx) => {
      const step = transition(await shipments.lock(tx, id), { type: 'news', news });
      if (step.events.length === 0) return undefined; // nothing that is not known
      await shipments.trackSoon(tx, id, intervalMs);
      return shipments.save(tx, step);
    });
    if (after !== undefined) changed(after);
  }

  /** One shipment that cannot be asked for does not keep the others. True: the carrier did not answer. */
  async function isUnanswered(tracked: Tracked): Promise<boolean> {
    try {
      await look(tracked);
      return false;
    } catch (error) {
      if (isAbortError(error)) throw error;
      if (error instanceof AppError && error.reason === 'CARRIER_UNAVAILABLE') return true;
      logger.error({ shipment: tracked.id, err: error }, 'no news of a shipment; it is asked for again');
      return false;
    }
  }

  async function round(signal: AbortSignal): Promise<{ readonly taken: number; readonly unanswered: number }> {
    const taken = await shipments.claimTracked(database, { limit: BATCH, intervalMs, maxIntervalMs });
    const queue = taken.values();
    let unanswered = 0;
    const work = async () => {
      for (const tracked of queue) {
        if (signal.aborted) return;
        if (await isUnanswered(tracked)) unanswered += 1;
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    return { taken: taken.length, unanswered };
  }

  return {
    async run(signal) {
      // Nothing is lost with a look that is broken off: the process does not wait for the carrier when it ends.
      const call = backgroundCall({ callId: '', job: 'tracker', signal });
      let failures = 0;
      while (!signal.aborted) {
        const { taken, unanswered } = await runInCall(call, () => round(signal));
        if (unanswered > 0) logger.warn({ taken, unanswered }, 'the carrier did not answer; it is asked again');
        failures = taken > 0 && unanswered === taken ? failures + 1 : 0;
        const pause = failures === 0 ? 0 : backoffMs(failures, { baseMs: intervalMs, maxMs: MAX_PAUSE_MS }, random);
        if (taken < BATCH || failures > 0) await clock.sleep(intervalMs + pause, signal);
      }
    },
  };
}

import {
  AppError,
  backgroundCall,
  backoffMs,
  isAbortError,
  runInCall,
  type Clock,
  type Random,
} from '../../chassis/core/index.ts';
import { fallbackPolicy, type Guarded } from '../../chassis/resilience/index.ts';
import type { Database } from '../../chassis/store/index.ts';
import type { Logger } from '../../chassis/telemetry/index.ts';
import type { CarrierClient } from './carrier-client.ts';
import { transition, type CarrierNews, type ShipmentId } from './domain.ts';
import type { ShipmentRepository, Tracked } from './repository.ts';
import type { StoredShipment } from './rows.ts';
import type { ShipmentWriter } from './writer.ts';

/** What the tracker is made of. */
export interface TrackerOptions {
  readonly database: Database;
  readonly shipments: ShipmentRepository;
  readonly writer: ShipmentWriter;
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
  /** Tells when the carrier did not answer and nothing was learned instead. */
  readonly asking: Guarded;
  /** Looks again and again until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
}

/** How many shipments are taken up at once, which is how many the carrier lets us ask for at a time. */
const BATCH = 100;

/** While the carrier answers nothing at all, the rounds get rarer too, down to one in this time. */
const MAX_PAUSE_MS = 30_000;

/** What was learned of one shipment. */
interface Learned {
  readonly id: ShipmentId;
  readonly news: readonly CarrierNews[];
}

/** Several instances share the work: each takes what no other has, and what it learns is taken up once. */
export function createTracker(options: TrackerOptions): Tracker {
  const { database, shipments, writer, carrier, clock, random, logger, intervalMs, maxIntervalMs, changed } = options;

  const asking = fallbackPolicy({ value: () => undefined, handles: isCarrierAway });

  function refuse(shipment: ShipmentId, error: unknown): void {
    logger.error({ shipment, err: error }, 'no news of a shipment; it is asked for again');
  }

  async function ask(taken: readonly Tracked[]): Promise<readonly Learned[]> {
    const asked = taken.map(({ carrierReference, carrierSequence: sequence }) => ({ carrierReference, sequence }));
    const answers = await carrier.newsOfMany(asked);
    return taken.flatMap(({ id }, index) => {
      const news = answers[index] ?? [];
      if (news instanceof Error) refuse(id, news);
      // The acceptance itself is no news: it is in the history already.
      return news instanceof Error || news.every(({ state }) => state === 'ARRANGED') ? [] : [{ id, news }];
    });
  }

  async function takeUp(before: StoredShipment, news: readonly CarrierNews[]): Promise<void> {
    const step = transition(before, { type: 'news', news });
    if (step.events.length === 0) return; // nothing that is not known
    const after = await writer.record({ before, transition: step, settled: [] });
    changed(after ?? (await takeUpLocked(before.id, news)));
  }

  /** Somebody else has changed it since it was read. */
  function takeUpLocked(id: ShipmentId, news: readonly CarrierNews[]): Promise<StoredShipment> {
    return database.transaction(async (tx) => {
      const before = await shipments.lock(tx, id);
      const step = transition(before, { type: 'news', news });
      return step.events.length === 0 ? before : writer.recordLocked(tx, { before, transition: step, settled: [] });
    });
  }

  async function round(): Promise<{ readonly taken: number; readonly answered: boolean }> {
    const taken = await shipments.claimTracked(database, { limit: BATCH, intervalMs, maxIntervalMs });
    if (taken.length === 0) return { taken: 0, answered: true };
    const learned = await asking.execute(() => ask(taken));
    if (learned === undefined) return { taken: taken.length, answered: false };
    const news = new Map(learned.map((one) => [one.id, one.news]));
    const found = news.size === 0 ? [] : await shipments.getMany(database, [...news.keys()]);
    // They are written together; one that cannot be does not keep the others.
    await Promise.all(
      found.map((shipment) =>
        takeUp(shipment, news.get(shipment.id) ?? []).catch((error: unknown) => {
          if (isAbortError(error)) throw error;
          refuse(shipment.id, error);
        }),
      ),
    );
    return { taken: taken.length, answered: true };
  }

  return {
    asking,
    async run(signal) {
      // Nothing is lost with a look that is broken off: the process does not wait for the carrier when it ends.
      const call = backgroundCall({ callId: '', job: 'tracker', signal });
      let failures = 0;
      while (!signal.aborted) {
        const { taken, answered } = await runInCall(call, round);
        if (!answered) logger.warn({ taken }, 'the carrier did not answer; it is asked again');
        failures = answered ? 0 : failures + 1;
        const pause = failures === 0 ? 0 : backoffMs(failures, { baseMs: intervalMs, maxMs: MAX_PAUSE_MS }, random);
        if (taken < BATCH || failures > 0) await clock.sleep(intervalMs + pause, signal);
      }
    },
  };
}

function isCarrierAway(error: unknown): boolean {
  return error instanceof AppError && error.reason === 'CARRIER_UNAVAILABLE';
}

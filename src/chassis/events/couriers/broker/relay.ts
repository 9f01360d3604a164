import {
  AppError,
  backoffMs,
  raceAbort,
  systemClock,
  systemRandom,
  type Clock,
  type Emitter,
  type Random,
} from '../../../core/index.ts';
import type { Database } from '../../../store/index.ts';
import type { OutboxTail } from '../../outbox-tail.ts';
import type { BrokerEvents } from './broker-events.ts';
import { BROKER_SILENT, createFlight, type Flight } from './flight.ts';
import type { BrokerLink } from './link.ts';
import { publishOutbox } from './publish-outbox.ts';
import { claimRelay, RELAY_LEASE_MS, type RelayClaim } from './relay-claim.ts';
import { together } from './together.ts';

/** What a relay runs on. */
export interface RelayOptions {
  /** The publishing process. */
  readonly source: string;
  /** Names this replica among those that could relay. */
  readonly owner: string;
  /** The publisher's database, migrated with EVENTS_MIGRATIONS. */
  readonly database: Database;
  readonly tail: Pick<OutboxTail, 'next'>;
  readonly link: BrokerLink;
  readonly events: Emitter<BrokerEvents>;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Hands a publisher's outbox to the broker; one of its replicas does, the others wait for their turn. */
export interface Relay {
  /** Works until the signal fires, whatever happens to the broker or the database meanwhile. */
  run(signal: AbortSignal): Promise<void>;
}

/** Waits after an interruption, in milliseconds, with full jitter. */
const RETRY = { baseMs: 50, maxMs: 2_000 };
/** Between two looks at whether the relay is free, in milliseconds. */
const CLAIM_LOOK_MS = 1_000;
/** Between two moves of the position, in milliseconds: each is a commit, and what is not noted is only published again. */
const MOVE_EVERY_MS = 25;

/** A relay that does not run yet. */
export function createRelay(options: RelayOptions): Relay {
  const { source, owner, database, tail, link, events, clock = systemClock, random = systemRandom } = options;
  const names = { courier: link.name, source };
  let failures = 0;

  async function keep(claim: RelayClaim, signal: AbortSignal): Promise<void> {
    for (;;) {
      await clock.sleep(RELAY_LEASE_MS / 3, signal);
      await claim.keep();
    }
  }

  async function move(claim: RelayClaim, flight: Flight, signal: AbortSignal): Promise<void> {
    for (;;) {
      const { reached, events: confirmed, durationMs } = await flight.confirmed(signal);
      failures = 0;
      if (confirmed === 0) continue; // markers move nothing
      const { through } = reached;
      events.emit('published', { ...names, events: confirmed, through, durationMs });
      await claim.move(reached);
      events.emit('moved', { ...names, through });
      await clock.sleep(MOVE_EVERY_MS, signal);
    }
  }

  async function relay(claim: RelayClaim, signal: AbortSignal): Promise<void> {
    const connection = await raceAbort(link.connection(), signal);
    try {
      await raceAbort(connection.prepare(source), signal);
      events.emit('relaying', { ...names, position: claim.reached.through });
      const flight = createFlight(clock, () => link.isBlocked);
      await together(
        AbortSignal.any([signal, connection.lost]),
        (inTurn) =>
          publishOutbox({
            ...{ source, tail, connection, flight, clock },
            binding: link.binding,
            from: claim.reached,
            onSent: (sent) => events.emit('sent', { ...names, ...sent }),
            onLeftOut: (event) => events.emit('leftOut', { ...names, ...event }),
            signal: inTurn,
          }),
        (inTurn) => move(claim, flight, inTurn),
      );
    } catch (error) {
      const cause: unknown = connection.lost.aborted && !signal.aborted ? connection.lost.reason : error;
      if (error instanceof AppError && error.reason === BROKER_SILENT) await connection.close();
      throw cause;
    }
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        let claim: RelayClaim | undefined;
        try {
          claim = await claimRelay(database, { courier: link.name, owner });
          if (claim === undefined) {
            await clock.sleep(CLAIM_LOOK_MS, signal);
            continue;
          }
          const held = claim;
          await together(
            signal,
            (inTurn) => keep(held, inTurn),
            (inTurn) => relay(held, inTurn),
          );
        } catch (error) {
          if (signal.aborted) return;
          failures += 1;
          const waitMs = backoffMs(failures, RETRY, random);
          events.emit('confirmFailed', { ...names, error, waitMs });
          await clock.sleep(waitMs, signal).catch(() => undefined); // stopping: the loop ends
        } finally {
          await claim?.release().catch(() => undefined); // the database is away: the claim ends by itself
        }
      }
    },
  };
}

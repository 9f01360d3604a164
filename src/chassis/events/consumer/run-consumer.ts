import {
  backoffMs,
  createBell,
  createEmitter,
  isAbortError,
  newId as systemNewId,
  systemClock,
  systemRandom,
  type Clock,
  type Events,
  type NewId,
  type Random,
} from '../../core/index.ts';
import type { Database } from '../../store/index.ts';
import type { CarriedEvent, Courier, Delivery } from '../courier.ts';
import { logEndOf, positionAhead } from '../position-ahead.ts';
import { beginPartitions } from './begin-partitions.ts';
import type { ConsumerDefinition } from './define-consumer.ts';
import type { ConsumerEvents } from './events.ts';
import { createInbox, type HeldPartition } from './inbox.ts';
import { createPartitionClaims } from './partition-claims.ts';
import { retryParked, takeEffect, type EffectOptions } from './take-effect.ts';

/** What a consumer runs on. */
export interface RunConsumerOptions {
  readonly definition: ConsumerDefinition;
  /** The consumer's own database, migrated with EVENTS_MIGRATIONS. */
  readonly database: Database;
  readonly courier: Courier;
  /** Names this member among those that share the work. */
  readonly member: string;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly newId?: NewId;
}

/** One member of a consumer group. */
export interface ConsumerMember {
  readonly name: string;
  readonly events: Events<ConsumerEvents>;
  /** Reads and handles until the signal fires; what it has begun is finished or left undone as a whole. */
  run(signal: AbortSignal): Promise<void>;
}

/** Waits after an interruption, in milliseconds, with full jitter. */
const REOPEN = { baseMs: 50, maxMs: 2_000 };
/** Between two looks for parked events whose time has come, in milliseconds: where there are some, and where there are none. */
const RETRY_LOOK_MS = { some: 200, none: 5_000 };
const NOTHING_PARKED = { tried: 0, anyParked: false };
/** So many parked events are tried before others have their turn. */
const RETRY_BATCH = 50;
/** How long a position may lag behind a log that brings nothing for it, in milliseconds. */
const POSITION_EVERY_MS = 5_000;

/** A member that does not run yet. */
export function createConsumerMember(options: RunConsumerOptions): ConsumerMember {
  const { definition, database, courier, member } = options;
  const { clock = systemClock, random = systemRandom, newId = systemNewId } = options;
  const names = { consumer: definition.name, source: definition.source };
  const events = createEmitter<ConsumerEvents>();
  const inbox = createInbox(database, { ...names, member, idleMs: definition.idleMs });
  const claims = createPartitionClaims({
    ...{ database, clock, events },
    names: { ...names, member },
    types: [...definition.types.keys()],
  });
  /** Rung where there may be parked events that were not there at the last look. */
  const news = createBell(clock);
  events.on('parked', () => news.ring());
  events.on('assigned', () => news.ring());
  const effects = (signal: AbortSignal): EffectOptions => ({
    ...{ definition, database, inbox, clock, random, newId, names, events, signal },
  });

  /** Reads with the partitions that are held now, until these change. */
  async function readWith(held: readonly HeldPartition[], signal: AbortSignal, onProgress: () => void): Promise<void> {
    const positions = createPositions(held, clock);
    const subscription = {
      ...names,
      types: [...definition.types.keys()],
      after: new Map(held.map(({ partition, position }) => [partition, position])),
      window: definition.window,
      signal,
    };
    try {
      for await (const delivery of courier.open(subscription)) {
        for (const batch of positions.batches(delivery, definition.maxBatch)) {
          await takeEffect(batch, effects(signal));
          positions.reached(batch.moved);
        }
        delivery.handled();
        onProgress();
      }
    } catch (error) {
      const logEnd = logEndOf(error);
      if (logEnd !== undefined) await inbox.stopAhead(logEnd);
      throw error;
    }
  }

  async function sitOut(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    const waitMs = backoffMs(failures, REOPEN, random);
    events.emit('interrupted', { ...names, error, waitMs });
    await clock.sleep(waitMs, signal);
  }

  async function reading(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const { generation } = claims;
      const turn = new AbortController();
      const inTurn = AbortSignal.any([signal, turn.signal]);
      const change = claims.changed(generation, inTurn).then(
        () => turn.abort(),
        () => undefined, // the turn is over already
      );
      try {
        const held = claims.held.length === 0 ? [] : await inbox.held();
        const mine = held.filter(({ partition }) => claims.held.includes(partition)); // others may still be ours, to be let go
        assertNoneAhead(mine);
        const begun = await beginPartitions(mine, {
          inbox,
          oldest: () => courier.oldestPosition(names.source, inTurn),
        });
        if (begun.length > 0) await readWith(begun, inTurn, () => (failures = 0));
        else await change;
      } catch (error) {
        if (signal.aborted) return;
        if (!(turn.signal.aborted && isAbortError(error))) {
          failures += 1;
          claims.doubt();
          await sitOut(error, failures, signal);
        }
      } finally {
        turn.abort();
        await change;
      }
    }
  }

  async function retrying(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        const { rings } = news;
        const { held } = claims;
        const look = held.length === 0 ? NOTHING_PARKED : await retryParked(held, RETRY_BATCH, effects(signal));
        failures = 0;
        if (look.tried === RETRY_BATCH) continue;
        if (look.anyParked) await clock.sleep(RETRY_LOOK_MS.some, signal);
        else await news.after(rings, { timeoutMs: RETRY_LOOK_MS.none, signal });
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        await sitOut(error, failures, signal);
      }
    }
  }

  return {
    name: definition.name,
    events,
    async run(signal) {
      const ending = new AbortController();
      const either = AbortSignal.any([signal, ending.signal]);
      const stop = <T>(work: Promise<T>) => work.finally(() => ending.abort());
      const ended = await Promise.allSettled([stop(claims.run(either)), stop(reading(either)), stop(retrying(either))]);
      const failed = ended.find((one) => one.status === 'rejected' && !isAbortError(one.reason));
      if (failed?.status === 'rejected') throw failed.reason;
    },
  };
}

/** Throws OUT_OF_RANGE (POSITION_AHEAD) where a publisher's log was seen to end before one of these, however long it is by now. */
function assertNoneAhead(held: readonly HeldPartition[]): void {
  for (const { position, logEnd } of held) if (logEnd !== undefined) throw positionAhead(position, logEnd);
}

/** Where a member stands while it reads, and what of a delivery is new to it. */
function createPositions(held: readonly HeldPartition[], clock: Clock) {
  const known = new Map(held.map((partition) => [partition.partition, partition]));
  /** What deliveries said of partitions, kept or not: a later one may speak of others. */
  const looked = new Map<number, bigint>();
  let writtenAtMs = clock.monotonicMs();
  const isNew = ({ partition, position }: CarriedEvent) => position > (known.get(partition)?.position ?? position);

  function moved(events: readonly CarriedEvent[], through?: ReadonlyMap<number, bigint>): HeldPartition[] {
    const reached = new Map(events.map(({ partition, position }) => [partition, position]));
    for (const [partition, position] of through ?? []) raise(reached, partition, position);
    return [...reached].flatMap(([partition, position]) => {
      const before = known.get(partition);
      return before === undefined || position <= before.position ? [] : [{ ...before, position }];
    });
  }

  return {
    /** Everything new, in transactions' portions; positions without events only now and then. */
    *batches({ events, through }: Delivery, maxBatch: number) {
      const fresh = events.filter(isNew);
      for (const [partition, position] of through ?? []) raise(looked, partition, position);
      for (let index = 0; index < fresh.length; index += maxBatch) {
        const portion = fresh.slice(index, index + maxBatch);
        const isLast = index + maxBatch >= fresh.length;
        yield { events: portion, moved: isLast ? moved(portion, looked) : moved(portion) };
      }
      if (fresh.length > 0 || clock.monotonicMs() - writtenAtMs < POSITION_EVERY_MS) return;
      const only = moved([], looked);
      if (only.length > 0) yield { events: [], moved: only };
    },
    reached(partitions: readonly HeldPartition[]) {
      writtenAtMs = clock.monotonicMs();
      for (const partition of partitions) known.set(partition.partition, partition);
    },
  };
}

function raise(positions: Map<number, bigint>, partition: number, position: bigint): void {
  if (position > (positions.get(partition) ?? 0n)) positions.set(partition, position);
}

import { backoffMs, type Emitter, type Random } from '../../core/index.ts';
import type { Database } from '../../store/index.ts';
import type { CarriedEvent } from '../courier.ts';
import type { ConsumerEvents, ConsumerNames } from './events.ts';
import { isHopeless, isNotTheEvent, toEventFailure, type EventFailure } from './failure.ts';
import { EventFailed, handleEvents, type HandlingOptions } from './handle-events.ts';
import { aggregateKey, type HeldPartition, type Inbox } from './inbox.ts';

/** What events take effect with. */
export interface EffectOptions extends HandlingOptions {
  readonly database: Database;
  readonly inbox: Inbox;
  readonly random: Random;
  readonly names: ConsumerNames;
  readonly events: Emitter<ConsumerEvents>;
}

/** What a batch is to move. */
export interface Batch {
  readonly events: readonly CarriedEvent[];
  /** Where its partitions stand once it took effect. */
  readonly moved: readonly HeldPartition[];
}

/**
 * Effects, inbox rows and positions of a batch in one transaction. An event that fails is parked, or buried where trying again is no use, and the
 * rest of the batch goes on without it; so do, behind it, the later events of its aggregate. Throws where the events are not to blame.
 */
export async function takeEffect(batch: Batch, options: EffectOptions): Promise<void> {
  const failed = new Map<string, EventFailed>();
  for (;;) {
    try {
      await attempt(batch, failed, options);
      return;
    } catch (error) {
      const cause = error instanceof EventFailed ? error.cause : error;
      if (options.signal.aborted || isNotTheEvent(cause)) throw cause;
      if (error instanceof EventFailed) failed.set(error.event.id, error);
      else if (batch.events.length > 1) return takeEffectInHalves(batch, options);
      else throw error;
    }
  }
}

/** A batch handler failed, at nobody knows which event. */
async function takeEffectInHalves({ events, moved }: Batch, options: EffectOptions): Promise<void> {
  const middle = events.length >> 1;
  const first = events.slice(0, middle);
  const reached = new Map(first.map(({ partition, position }) => [partition, position]));
  const movedFirst = moved.flatMap((partition) => {
    const position = reached.get(partition.partition);
    return position === undefined ? [] : [{ ...partition, position }];
  });
  await takeEffect({ events: first, moved: movedFirst }, options);
  await takeEffect({ events: events.slice(middle), moved }, options);
}

async function attempt(batch: Batch, failed: ReadonlyMap<string, EventFailed>, options: EffectOptions): Promise<void> {
  const { database, inbox, clock, names, events: emitter } = options;
  const startedAtMs = clock.monotonicMs();
  let fresh = 0;
  let news: (() => void)[] = [];
  await database.transaction(async (tx) => {
    const received = await inbox.receive(tx, batch.moved, batch.events);
    const isFresh = batch.events.filter(({ id }) => received.fresh.has(id));
    const sorted = sortOut(isFresh, received.waiting, failed, options);
    fresh = isFresh.length;
    news = sorted.aside.map(({ tell }) => tell);
    await handleEvents(tx, sorted.ready, () => 1, options);
    await inbox.park(
      tx,
      sorted.aside.flatMap(({ park }) => park ?? []),
    );
    for (const { bury } of sorted.aside) if (bury !== undefined) await inbox.bury(tx, bury.event, 1, bury.failure);
  });
  for (const tell of news) tell();
  const [oldest] = batch.events;
  if (oldest === undefined) return;
  emitter.emit('handled', {
    ...names,
    events: fresh,
    duplicates: batch.events.length - fresh,
    durationMs: clock.monotonicMs() - startedAtMs,
    delayMs: clock.now() - oldest.time.getTime(),
  });
}

/** An event that is not handled now. */
interface Aside {
  readonly park?: {
    readonly event: CarriedEvent;
    readonly attempts: number;
    readonly failure: EventFailure | undefined;
    readonly waitMs: number;
  };
  readonly bury?: { readonly event: CarriedEvent; readonly failure: EventFailure };
  /** Tells of it once it is committed. */
  tell(): void;
}

function sortOut(
  fresh: readonly CarriedEvent[],
  waiting: ReadonlySet<string>,
  failed: ReadonlyMap<string, EventFailed>,
  options: EffectOptions,
): { readonly ready: readonly CarriedEvent[]; readonly aside: readonly Aside[] } {
  const blocked = new Set(waiting);
  const ready: CarriedEvent[] = [];
  const aside: Aside[] = [];
  for (const event of fresh) {
    const failure = failed.get(event.id);
    if (blocked.has(aggregateKey(event))) {
      aside.push({ park: { event, attempts: 0, failure: undefined, waitMs: 0 }, tell: () => undefined });
    } else if (failure === undefined) {
      ready.push(event);
    } else {
      const after = afterFailure(event, failure.cause, options);
      if (after.park !== undefined) blocked.add(aggregateKey(event));
      aside.push(after);
    }
  }
  return { ready, aside };
}

function afterFailure(event: CarriedEvent, error: unknown, options: EffectOptions): Aside {
  const { definition, random, names, events: emitter } = options;
  const failure = toEventFailure(error);
  const told = { ...names, eventId: event.id, type: event.type, aggregateId: event.aggregateId, attempts: 1, failure };
  if (isHopeless(error) || definition.maxAttempts <= 1) {
    return { bury: { event, failure }, tell: () => emitter.emit('buried', told) };
  }
  const waitMs = backoffMs(1, definition.backoff, random);
  return { park: { event, attempts: 1, failure, waitMs }, tell: () => emitter.emit('parked', { ...told, waitMs }) };
}

/** Tries parked events whose time has come again, one of each aggregate; returns how many there were. */
export async function retryParked(
  partitions: readonly number[],
  limit: number,
  options: EffectOptions,
): Promise<number> {
  const due = await options.inbox.due(partitions, limit);
  for (const position of due) await retryOne(position, options);
  return due.length;
}

async function retryOne(position: bigint, options: EffectOptions): Promise<void> {
  const { database, inbox, definition, random, names, events: emitter } = options;
  let tried: { readonly event: CarriedEvent; readonly attempts: number } | undefined;
  try {
    await database.transaction(async (tx) => {
      tried = undefined;
      const taken = await inbox.take(tx, position);
      if (taken === undefined) return;
      tried = { event: taken.event, attempts: taken.attempts + 1 };
      const { attempts } = tried;
      await handleEvents(tx, [taken.event], () => attempts, options);
    });
    if (tried !== undefined) {
      const { event, attempts } = tried;
      emitter.emit('recovered', { ...names, eventId: event.id, type: event.type, attempts });
    }
  } catch (error) {
    const cause = error instanceof EventFailed ? error.cause : error;
    if (tried === undefined || options.signal.aborted || isNotTheEvent(cause)) throw cause;
    const { event, attempts } = tried;
    const failure = toEventFailure(cause);
    const told = { ...names, eventId: event.id, type: event.type, aggregateId: event.aggregateId, attempts, failure };
    if (isHopeless(cause) || attempts >= definition.maxAttempts) {
      await database.transaction(async (tx) => {
        const taken = await inbox.take(tx, position);
        if (taken !== undefined) await inbox.bury(tx, event, attempts, failure);
      });
      emitter.emit('buried', told);
    } else {
      const waitMs = backoffMs(attempts, definition.backoff, random);
      await inbox.putOff(position, attempts, failure, waitMs);
      emitter.emit('parked', { ...told, waitMs });
    }
  }
}

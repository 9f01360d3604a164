import { backoffMs, type Emitter, type Random } from '../../core/index.ts';
import type { Database, Queryable } from '../../store/index.ts';
import type { CarriedEvent } from '../courier.ts';
import type { ConsumerEvents, ConsumerNames } from './events.ts';
import { eventUnwanted, isHopeless, isNotTheEvent, toEventFailure, type EventFailure } from './failure.ts';
import { EventFailed, handleEvents, type HandlingOptions } from './handle-events.ts';
import { aggregateKey, type HeldPartition, type Inbox } from './inbox.ts';
import { beginProvisional } from './provisional.ts';

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

/** An event that fails takes the effects of at most so many others with it, which are then repeated without it. */
const CHUNK = 32;

/**
 * Effects, inbox rows and positions of a batch in one transaction. An event that fails is parked, or buried where trying again is no use, and the
 * rest of the batch goes on without it; so do, behind it, the later events of its aggregate. Throws where the events are not to blame.
 */
export async function takeEffect(batch: Batch, options: EffectOptions): Promise<void> {
  const { database, inbox, clock, names, events: emitter } = options;
  const startedAtMs = clock.monotonicMs();
  let fresh: readonly CarriedEvent[] = [];
  let aside: readonly Aside[] = [];
  await database.transaction(async (tx) => {
    const received = await inbox.receive(tx, batch.moved, batch.events);
    const isNext = new Set(received.fresh);
    fresh = batch.events.filter(({ id }) => isNext.delete(id)); // one that comes twice at the same time is handled once
    aside = await handleFresh(tx, fresh, received.waiting, options);
    await inbox.park(
      tx,
      aside.flatMap(({ park }) => park ?? []),
    );
    for (const { bury } of aside) if (bury !== undefined) await inbox.bury(tx, bury.event, 1, bury.failure);
  });
  for (const { tell } of aside) tell();
  const [oldest] = batch.events;
  if (oldest === undefined) return;
  emitter.emit('handled', {
    ...names,
    events: fresh.length,
    duplicates: batch.events.length - fresh.length,
    durationMs: clock.monotonicMs() - startedAtMs,
    delayMs: clock.now() - oldest.time.getTime(),
  });
}

/** Calls the handlers, chunk by chunk; what is left aside. */
async function handleFresh(
  tx: Queryable,
  fresh: readonly CarriedEvent[],
  waiting: ReadonlySet<string>,
  options: EffectOptions,
): Promise<readonly Aside[]> {
  const blocked = new Set(waiting);
  const aside: Aside[] = [];
  const size = options.definition.way.kind === 'many' ? fresh.length : CHUNK;
  for (let first = 0; first < fresh.length; first += size) {
    aside.push(...(await handleChunk(tx, fresh.slice(first, first + size), blocked, options)));
  }
  return aside;
}

/** Adds to `blocked` the aggregates whose later events have to wait. */
async function handleChunk(
  tx: Queryable,
  chunk: readonly CarriedEvent[],
  blocked: Set<string>,
  options: EffectOptions,
): Promise<readonly Aside[]> {
  const failed = new Map<string, EventFailed>();
  for (;;) {
    const sorted = sortOut(chunk, blocked, failed, options);
    if (sorted.ready.length === 0) return settled(sorted, blocked);
    const part = await beginProvisional(tx);
    try {
      const committed = await handleEvents(part.tx, sorted.ready, () => 1, options);
      await part.keep();
      const aside = settled(sorted, blocked);
      return committed === undefined ? aside : [...aside, { tell: committed }];
    } catch (error) {
      const cause = error instanceof EventFailed ? error.cause : error;
      if (options.signal.aborted || isNotTheEvent(cause)) throw cause;
      await part.undo();
      if (error instanceof EventFailed) failed.set(error.event.id, error);
      else return handleHalves(tx, chunk, blocked, options);
    }
  }
}

/** A batch handler failed, at nobody knows which event. */
async function handleHalves(
  tx: Queryable,
  chunk: readonly CarriedEvent[],
  blocked: Set<string>,
  options: EffectOptions,
): Promise<readonly Aside[]> {
  const middle = chunk.length >> 1;
  const first = await handleChunk(tx, chunk.slice(0, middle), blocked, options);
  return [...first, ...(await handleChunk(tx, chunk.slice(middle), blocked, options))];
}

function settled({ aside, blocked: added }: Sorted, blocked: Set<string>): readonly Aside[] {
  for (const aggregate of added) blocked.add(aggregate);
  return aside;
}

/** An event that is not handled now; or, with neither `park` nor `bury`, what follows from those that were. */
interface Aside {
  readonly park?: {
    readonly event: CarriedEvent;
    readonly attempts: number;
    readonly failure: EventFailure | undefined;
    readonly waitMs: number;
  };
  readonly bury?: { readonly event: CarriedEvent; readonly failure: EventFailure };
  /** Called once it is committed. */
  tell(): void;
}

/** What is handled now, what is not, and whose later events have to wait for that. */
interface Sorted {
  readonly ready: readonly CarriedEvent[];
  readonly aside: readonly Aside[];
  readonly blocked: ReadonlySet<string>;
}

function sortOut(
  events: readonly CarriedEvent[],
  waiting: ReadonlySet<string>,
  failed: ReadonlyMap<string, EventFailed>,
  options: EffectOptions,
): Sorted {
  const blocked = new Set(waiting);
  const ready: CarriedEvent[] = [];
  const aside: Aside[] = [];
  for (const event of events) {
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
  return { ready, aside, blocked };
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

/** What a look for parked events found. */
export interface RetryLook {
  readonly tried: number;
  /** Some are parked, whether or not their time has come. */
  readonly anyParked: boolean;
}

/** Tries parked events whose time has come again, one of each aggregate. */
export async function retryParked(
  partitions: readonly number[],
  limit: number,
  options: EffectOptions,
): Promise<RetryLook> {
  const parked = await options.inbox.firstParked(partitions, limit);
  const due = parked.filter(({ isDue }) => isDue);
  for (const { position } of due) await retryOne(position, options);
  return { tried: due.length, anyParked: parked.length > 0 };
}

async function retryOne(position: bigint, options: EffectOptions): Promise<void> {
  const { database, inbox, definition, random, names, events: emitter } = options;
  let tried: { readonly event: CarriedEvent; readonly attempts: number } | undefined;
  try {
    const committed = await database.transaction(async (tx) => {
      tried = undefined;
      const taken = await inbox.take(tx, position);
      if (taken === undefined) return undefined;
      tried = { event: taken.event, attempts: taken.attempts + 1 };
      const { event, attempts } = tried;
      if (!definition.types.has(event.type)) throw new EventFailed(event, eventUnwanted(definition.name, event.type));
      return handleEvents(tx, [event], () => attempts, options);
    });
    committed?.();
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

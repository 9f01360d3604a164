import {
  EventServiceDefinition,
  type PartitionPosition,
  type ReadEventsRequest,
  type ReadEventsResponse,
  type Start,
  type SubscribeRequest,
  type SubscribeResponse,
} from '../../../gen/tradewind/events/v1/event_service.ts';
import { AppError, currentCall, invalidArgument, type Clock } from '../core/index.ts';
import { assertAdmin } from '../security/index.ts';
import { bind, type ServiceBinding } from '../server/index.ts';
import type { Database } from '../store/index.ts';
import { createAckWindow, type AckWindow } from './ack-window.ts';
import type { CourierName } from './courier.ts';
import { refillBroker } from './couriers/broker/index.ts';
import { eventMessage } from './event-message.ts';
import { findPosition } from './find-position.ts';
import { assertReached, logBounds } from './log-bounds.ts';
import { measureLag } from './measure-lag.ts';
import type { OutboxTail } from './outbox-tail.ts';
import { MAX_EVENT_BYTES } from './outbox.ts';
import type { OutboxEvent } from './read-events.ts';
import { readKeptEvents } from './read-kept-events.ts';

/** What a publisher's EventService is made of. */
export interface EventServiceOptions {
  readonly database: Database;
  readonly tail: OutboxTail;
  readonly clock: Clock;
  /** What carries events from here; default: the feed. */
  readonly courier?: CourierName;
}

const DEFAULT_WINDOW = 1_000;
/**
 * How long a subscriber that gets nothing is left without word of how far the log has been looked at, in milliseconds: by it he also knows that
 * somebody is there.
 */
const QUIET_MS = 500;
/** How many events one ReadEvents gives; the contract's number. */
const PAGE = 200;
/** How many it looks at. */
const READ = 1_000;

/** EventService over a process's outbox, for its gRPC port. Whoever calls is somebody inside the suite, or an administrator. */
export function createEventService({ database, tail, clock, courier = 'feed' }: EventServiceOptions): ServiceBinding {
  async function assertNoneAhead(after: readonly PartitionPosition[]): Promise<void> {
    const positions = after.map(({ position }) => position);
    const greatest = positions.reduce((one, other) => (one > other ? one : other));
    assertReached(greatest, await logBounds(database));
  }

  return bind(EventServiceDefinition, {
    async *subscribe(requests, context) {
      const { start, rest } = await readStart(requests);
      await assertNoneAhead(start.after);
      const window = createAckWindow(start.window === 0 ? DEFAULT_WINDOW : start.window, clock);
      const ending = new AbortController();
      const signal = AbortSignal.any([context.signal, ending.signal]);
      const acks = readAcks(rest, window).finally(() => ending.abort());
      acks.catch(() => undefined); // it is awaited below, unless the call is over anyway
      try {
        yield* follow(start, { tail, window, clock, signal });
      } catch (error) {
        if (context.signal.aborted || !ending.signal.aborted) throw error;
      } finally {
        ending.abort();
      }
      await acks; // which says what was wrong with them
    },
    readEvents: (request, context) =>
      readPage(request, async (after) => {
        const { events } = await readKeptEvents(database, { after, limit: READ, clock, signal: context.signal });
        return events;
      }),
    async refillBroker({ afterPosition }) {
      assertAdmin(currentCall()?.principal);
      if (courier === 'feed') {
        const message = 'events are carried straight from the outbox here: there is no broker to fill';
        throw new AppError({ status: 'FAILED_PRECONDITION', reason: 'NO_BROKER', message });
      }
      await refillBroker(database, { courier, after: afterPosition });
      return { courier };
    },
    findPosition: ({ time }) => findPosition(database, time),
    async measureLag({ after, types }) {
      await assertNoneAhead(after);
      const positions = new Map(after.map(({ partition, position }) => [partition, position]));
      const { partitions, ...rest } = await measureLag(database, { after: positions, types });
      return { ...rest, partitions: [...partitions] };
    },
  });
}

interface FollowOptions {
  readonly tail: OutboxTail;
  readonly window: AckWindow;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function* follow(
  start: Start,
  { tail, window, clock, signal }: FollowOptions,
): AsyncGenerator<SubscribeResponse> {
  const isAskedFor = filterOf(start);
  const positions = start.after.map(({ position }) => position);
  let after = positions.reduce((least, position) => (position < least ? position : least));
  let toldAtMs = clock.monotonicMs();
  for (;;) {
    await window.hasRoom(signal);
    const { events, through } = await tail.next(after, { timeoutMs: QUIET_MS, signal });
    const asked = events.filter(isAskedFor);
    const sent = fitting(asked.slice(0, window.room));
    after = sent.length < asked.length ? (sent.at(-1)?.position ?? after) : through;
    const isQuiet = events.length === 0 || clock.monotonicMs() - toldAtMs >= QUIET_MS;
    if (sent.length === 0 && !isQuiet) continue;
    window.sent(sent.map(({ position }) => position));
    yield { events: sent.map(eventMessage), throughPosition: after };
    toldAtMs = clock.monotonicMs();
  }
}

/** The first of these that go in one message, which has as much data as one event may have: at least one. gRPC's clients take 4 MiB. */
function fitting(events: readonly OutboxEvent[]): readonly OutboxEvent[] {
  let bytes = 0;
  const end = events.findIndex(({ data }) => (bytes += Buffer.byteLength(data)) > MAX_EVENT_BYTES);
  return end === -1 ? events : events.slice(0, Math.max(end, 1));
}

function filterOf({ after, types }: Pick<Start, 'after' | 'types'>): (event: OutboxEvent) => boolean {
  const positions = new Map(after.map(({ partition, position }) => [partition, position]));
  const wanted = types.length === 0 ? undefined : new Set(types);
  return ({ partition, position, type }) => {
    const known = positions.get(partition);
    return known !== undefined && position > known && (wanted === undefined || wanted.has(type));
  };
}

async function readStart(requests: AsyncIterable<SubscribeRequest>) {
  const rest = requests[Symbol.asyncIterator]();
  const first = await rest.next();
  if (first.done === true || first.value.kind?.$case !== 'start') {
    throw invalidArgument([{ field: 'start', description: 'must be set in the first message' }]);
  }
  return { start: first.value.kind.value, rest };
}

async function readAcks(requests: AsyncIterator<SubscribeRequest>, window: AckWindow): Promise<void> {
  for (;;) {
    const { done, value } = await requests.next();
    if (done === true) return;
    if (value.kind?.$case !== 'ack') {
      throw invalidArgument([{ field: 'start', description: 'may only be set in the first message' }]);
    }
    window.acknowledge(value.kind.value.position);
  }
}

async function readPage(
  request: ReadEventsRequest,
  read: (after: bigint) => Promise<readonly OutboxEvent[]>,
): Promise<ReadEventsResponse> {
  const { afterPosition, throughPosition, partitions, types } = request;
  const events = await read(afterPosition);
  const within = events.filter(({ position }) => throughPosition === 0n || position <= throughPosition);
  const asked = within.filter(
    ({ partition, type }) =>
      (partitions.length === 0 || partitions.includes(partition)) && (types.length === 0 || types.includes(type)),
  );
  const given = fitting(asked.slice(0, PAGE));
  const last = given.length < asked.length ? given.at(-1) : within.at(-1);
  return { events: given.map(eventMessage), throughPosition: last?.position ?? afterPosition };
}

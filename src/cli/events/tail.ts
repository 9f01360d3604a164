import { Event } from '../../../gen/tradewind/events/v1/event_service.ts';
import { backoffMs, isAbortError, systemClock, systemRandom, AppError } from '../../chassis/core/index.ts';
import { createFeedCourier, PARTITIONS, type CarriedEvent } from '../../chassis/events/index.ts';
import type { CommandHost } from '../call.ts';
import { shorten } from '../table.ts';
import { timeText } from '../time-text.ts';
import { splitAggregate } from './letter-filter.ts';
import { withEvents, type EventClient, type EventsOptions } from './open-consumers.ts';
import { aggregateText } from './words.ts';

/** What `tradewind events tail` was asked for. */
export interface TailCommand extends EventsOptions {
  /** The process whose events are shown. */
  readonly source: string;
  /** Only these types. */
  readonly type?: readonly string[];
  /** The aggregate's id, or "order/<id>". */
  readonly aggregate?: string;
  readonly after?: bigint;
  readonly since?: Date;
  /** So many of the latest are looked at, where neither says from where. */
  readonly lines: number;
  /** Goes on with what happens, until Ctrl-C; a publisher that restarts is waited for. */
  readonly follow?: boolean;
}

/** Waits for a publisher that is away, in milliseconds. */
const REOPEN = { baseMs: 200, maxMs: 5_000 };
/** One subscription brings so many before it is said that they were printed. */
const WINDOW = 500;
/** What a publisher says when asking again would end alike. */
const FINAL: ReadonlySet<string> = new Set([
  'OUT_OF_RANGE',
  'INVALID_ARGUMENT',
  'PERMISSION_DENIED',
  'UNAUTHENTICATED',
  'UNIMPLEMENTED',
]);

/** Prints events of a publisher from its outbox, in their order. */
export async function runEventsTail(command: TailCommand, host: CommandHost): Promise<void> {
  await withEvents(command.source, command, host, async (events) => {
    const after = await startOf(command, events, host.signal);
    const isWanted = wanted(command);
    const print = (event: Event) => {
      if (isWanted(event))
        host.write(command.json === true ? `${JSON.stringify(Event.toJSON(event))}\n` : eventLine(event));
    };
    const reached = await readOn(events, command, { after, print, signal: host.signal });
    if (command.follow === true) await follow(events, command, { after: reached, print, signal: host.signal });
  });
}

async function startOf(
  { after, since, lines }: TailCommand,
  events: EventClient,
  signal: AbortSignal,
): Promise<bigint> {
  if (after !== undefined) return after;
  const { position, oldestPosition } = await events.findPosition({ time: since }, { signal });
  if (since !== undefined) return position;
  const start = position - BigInt(lines);
  return start > oldestPosition ? start : oldestPosition;
}

function wanted({ aggregate = '', since }: TailCommand): (event: Event) => boolean {
  const [type, id] = splitAggregate(aggregate);
  return (event) =>
    (id === '' || event.aggregateId === id) &&
    (type === '' || event.aggregateType === type) &&
    (since === undefined || (event.time ?? since) >= since);
}

interface Reading {
  readonly after: bigint;
  print(event: Event): void;
  readonly signal: AbortSignal;
}

/** What there is now; the position up to which it was printed. */
async function readOn(
  events: EventClient,
  { type = [] }: TailCommand,
  { after, print, signal }: Reading,
): Promise<bigint> {
  let reached = after;
  for (;;) {
    const request = { afterPosition: reached, throughPosition: 0n, partitions: [], types: [...type] };
    const page = await events.readEvents(request, { signal });
    page.events.forEach(print);
    if (page.throughPosition === reached) return reached;
    reached = page.throughPosition;
  }
}

async function follow(events: EventClient, command: TailCommand, { after, print, signal }: Reading): Promise<void> {
  const courier = createFeedCourier({ client: () => events });
  let reached = after;
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      const deliveries = courier.open({
        ...{
          consumer: 'tradewind-events-tail',
          source: command.source,
          types: command.type ?? [],
          window: WINDOW,
          signal,
        },
        after: new Map(Array.from({ length: PARTITIONS }, (_, partition) => [partition, reached])),
      });
      for await (const delivery of deliveries) {
        for (const event of delivery.events) print(toEvent(event));
        delivery.handled();
        reached = delivery.through?.get(0) ?? delivery.events.at(-1)?.position ?? reached;
        failures = 0;
      }
    } catch (error) {
      if (signal.aborted || isAbortError(error)) return;
      if (!(error instanceof AppError) || FINAL.has(error.status)) throw error;
      await systemClock.sleep(backoffMs(failures, REOPEN, systemRandom), signal).catch(() => undefined); // the loop ends
    }
  }
}

function toEvent({ partition: _partition, source: _source, traceparent, ...event }: CarriedEvent): Event {
  return { ...event, traceparent: traceparent ?? '' };
}

/** Of its data so much is printed for people; --json prints all. */
const DATA_WIDTH = 120;

/** One event for people: when, where in the log, what, of whom, with what. */
export function eventLine(event: Event): string {
  const { position, type, sequence, time, data } = event;
  return `${timeText(time)}  ${position}  ${type}  ${aggregateText(event)} #${sequence}  ${shorten(data, DATA_WIDTH)}\n`;
}

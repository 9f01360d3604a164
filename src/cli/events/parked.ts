import { ListParkedEventsRequest, ParkedEvent } from '../../../gen/tradewind/events/v1/consumer_service.ts';
import { systemClock } from '../../chassis/core/index.ts';
import type { CommandHost } from '../call.ts';
import { shortDuration } from '../duration.ts';
import { MAX_WIDTH, table, type Column } from '../table.ts';
import { splitAggregate } from './letter-filter.ts';
import { askConsumers, withConsumers, type EventsOptions, type OfProcess } from './open-consumers.ts';
import { aggregateText, failureText } from './words.ts';

/** What `tradewind events parked` was asked for. */
export interface ParkedCommand extends EventsOptions {
  /** Default: every process that runs consumers. */
  readonly process?: string;
  readonly consumer?: string;
  readonly aggregate?: string;
  /** Of each process at most so many, up to 200. */
  readonly limit: number;
}

/** Prints events that wait for another try, and what waits behind them. */
export async function runEventsParked(command: ParkedCommand, host: CommandHost): Promise<void> {
  const [, aggregateId] = splitAggregate(command.aggregate ?? '');
  const { consumer = '', limit: pageSize } = command;
  const request = ListParkedEventsRequest.fromPartial({ consumer, aggregateId, pageSize });
  const asked = await askConsumers(command.process, command, host, (consumers) =>
    consumers.listParkedEvents(request, { signal: host.signal }),
  );
  const rows = asked.flatMap(({ process, answer }) => answer.parkedEvents.map((event) => ({ process, answer: event })));
  if (command.json === true) {
    for (const { process, answer } of rows) {
      host.write(`${JSON.stringify({ process, ...(ParkedEvent.toJSON(answer) as object) })}\n`);
    }
    return;
  }
  const isMore = asked.some(({ answer }) => answer.nextPageToken !== '');
  host.write(parkedTable(rows, systemClock.now()) + (isMore ? 'There are more: raise --limit.\n' : ''));
}

/** Parked events as a table for people, at most 120 columns wide. */
export function parkedTable(rows: readonly OfProcess<ParkedEvent>[], nowMs: number): string {
  if (rows.length === 0) return 'No event is parked.\n';
  const columns: readonly Column<OfProcess<ParkedEvent>>[] = [
    { title: 'process', value: ({ process }) => process },
    { title: 'consumer', value: ({ answer }) => answer.consumer, shrinks: true },
    { title: 'type', value: ({ answer }) => answer.event?.type ?? '', shrinks: true },
    { title: 'aggregate', value: ({ answer }) => aggregateText(answer.event), shrinks: true },
    { title: 'parked', value: ({ answer }) => duration(nowMs, answer.parkTime), align: 'right' },
    { title: 'tries', value: ({ answer }) => String(answer.attempts), align: 'right' },
    { title: 'next', value: ({ answer }) => nextText(answer, nowMs), align: 'right' },
    { title: 'cause', value: ({ answer }) => failureText(answer.failure), shrinks: true },
  ];
  return table(rows, columns, MAX_WIDTH);
}

function nextText({ attempts, dueTime }: ParkedEvent, nowMs: number): string {
  if (attempts === 0) return 'behind'; // waits for another of its aggregate
  return dueTime === undefined ? '' : `in ${shortDuration(dueTime.getTime() - nowMs)}`;
}

function duration(nowMs: number, since: Date | undefined): string {
  return since === undefined ? '' : shortDuration(nowMs - since.getTime());
}

/** What `tradewind events retry` was asked for. */
export interface RetryCommand extends EventsOptions {
  readonly process: string;
  readonly consumer: string;
  readonly aggregate?: string;
  readonly reason: string;
}

/** Has parked events tried now. */
export async function runEventsRetry(command: RetryCommand, host: CommandHost): Promise<void> {
  const [, aggregateId] = splitAggregate(command.aggregate ?? '');
  const { process, consumer, reason } = command;
  await withConsumers(process, command, host, async (consumers) => {
    const { dueCount } = await consumers.retryParkedEvents({ consumer, aggregateId, reason }, { signal: host.signal });
    if (command.json === true) host.write(`${JSON.stringify({ dueCount: Number(dueCount) })}\n`);
    else host.write(`${dueCount} parked ${dueCount === 1n ? 'event is' : 'events are'} due now.\n`);
  });
}

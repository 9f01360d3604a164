import { Consumer } from '../../../gen/tradewind/events/v1/consumer_service.ts';
import type { CommandHost } from '../call.ts';
import { shortDuration } from '../duration.ts';
import { MAX_WIDTH, table, type Column } from '../table.ts';
import { askConsumers, type EventsOptions, type OfProcess } from './open-consumers.ts';

/** What `tradewind events lag` was asked for. */
export interface LagCommand extends EventsOptions {
  /** Default: every process that runs consumers. */
  readonly process?: string;
  /** Also partition by partition. */
  readonly partitions?: boolean;
}

/** Prints how far consumers are behind their publishers. */
export async function runEventsLag(command: LagCommand, host: CommandHost): Promise<void> {
  const asked = await askConsumers(command.process, command, host, async (consumers) => {
    return (await consumers.listConsumers({ consumer: '' }, { signal: host.signal })).consumers;
  });
  const rows = asked.flatMap(({ process, answer }) => answer.map((consumer) => ({ process, answer: consumer })));
  if (command.json === true) {
    for (const { process, answer } of rows) {
      host.write(`${JSON.stringify({ process, ...(Consumer.toJSON(answer) as object) })}\n`);
    }
    return;
  }
  host.write(lagTable(rows));
  if (command.partitions === true) for (const row of rows) host.write(`\n${partitionTable(row)}`);
}

/** Consumers as a table for people, at most 120 columns wide. */
export function lagTable(rows: readonly OfProcess<Consumer>[]): string {
  if (rows.length === 0) return 'Nobody runs a consumer.\n';
  const columns: readonly Column<OfProcess<Consumer>>[] = [
    { title: 'process', value: ({ process }) => process },
    { title: 'consumer', value: ({ answer }) => answer.name, shrinks: true },
    { title: 'reads', value: ({ answer }) => answer.source },
    { title: 'members', value: ({ answer }) => String(answer.members.length), align: 'right' },
    { title: 'behind', value: ({ answer }) => eventsText(answer), align: 'right' },
    { title: 'for', value: ({ answer }) => secondsText(answer), align: 'right' },
    { title: 'parked', value: ({ answer }) => String(answer.parkedCount), align: 'right' },
    { title: 'dead', value: ({ answer }) => String(answer.deadLetterCount), align: 'right' },
    { title: 'state', value: ({ answer }) => stateText(answer), shrinks: true },
  ];
  return table(rows, columns, MAX_WIDTH);
}

function partitionTable({ process, answer }: OfProcess<Consumer>): string {
  const columns: readonly Column<Consumer['partitions'][number]>[] = [
    { title: `${process}/${answer.name}`, value: ({ partition }) => `partition ${partition}` },
    { title: 'position', value: ({ position }) => String(position), align: 'right' },
    { title: 'newest', value: () => String(answer.newestPosition), align: 'right' },
    { title: 'behind', value: ({ lagEvents }) => String(lagEvents), align: 'right' },
    { title: 'read by', value: ({ owner }) => (owner === '' ? 'nobody' : owner), shrinks: true },
  ];
  return table(answer.partitions, columns, MAX_WIDTH);
}

function eventsText({ lagEvents, lagIsLeast, lagError }: Consumer): string {
  return lagError === '' ? `${lagEvents}${lagIsLeast ? '+' : ''}` : '?';
}

function secondsText({ lagSeconds, lagEvents, lagError }: Consumer): string {
  return lagError === '' && lagEvents > 0n ? shortDuration(lagSeconds * 1_000) : '';
}

function stateText(consumer: Consumer): string {
  const { pauseTime, pauseActor, pauseReason, lagError, oldestPosition, partitions, members } = consumer;
  if (pauseTime !== undefined) return `paused by ${pauseActor}: ${pauseReason}`;
  if (lagError !== '') return lagError;
  if (members.length === 0) return 'nobody runs it';
  const isExpired = partitions.some(({ position }) => position < oldestPosition);
  return isExpired ? 'events it has not read are no longer kept: `tradewind events skip`' : 'reading';
}

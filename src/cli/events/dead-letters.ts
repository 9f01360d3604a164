import { DeadLetter } from '../../../gen/tradewind/events/v1/consumer_service.ts';
import { systemClock } from '../../chassis/core/index.ts';
import type { CommandHost } from '../call.ts';
import { shortDuration } from '../duration.ts';
import { MAX_WIDTH, table, type Column } from '../table.ts';
import { timeText } from '../time-text.ts';
import { toLetterFilter, type LetterFilterOptions } from './letter-filter.ts';
import {
  askConsumers,
  withConsumers,
  type ConsumerClient,
  type EventsOptions,
  type OfProcess,
} from './open-consumers.ts';
import { aggregateText, failureText } from './words.ts';

/** What `tradewind events dead-letters list` was asked for. */
export interface ListLettersCommand extends EventsOptions, LetterFilterOptions {
  /** Default: every process that runs consumers. */
  readonly process?: string;
  /** Of each process at most so many. */
  readonly limit: number;
}

const PAGE_SIZE = 200;

/** Prints dead letters, the first to die first. */
export async function runListLetters(command: ListLettersCommand, host: CommandHost): Promise<void> {
  let isMore = false;
  const asked = await askConsumers(command.process, command, host, async (consumers) => {
    const found = await listLetters(consumers, command, { limit: command.limit, signal: host.signal });
    isMore ||= found.isMore;
    return found.letters;
  });
  const rows = asked.flatMap(({ process, answer }) => answer.map((letter) => ({ process, answer: letter })));
  if (command.json === true) for (const row of rows) host.write(letterLine(row));
  else host.write(letterTable(rows, systemClock.now()) + (isMore ? 'There are more: raise --limit.\n' : ''));
}

/** Those of one process that match, at most `limit`. */
export async function listLetters(
  consumers: ConsumerClient,
  options: LetterFilterOptions,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Promise<{ readonly letters: readonly DeadLetter[]; readonly isMore: boolean }> {
  const filter = toLetterFilter(options);
  const letters: DeadLetter[] = [];
  let pageToken = '';
  do {
    const pageSize = Math.min(PAGE_SIZE, limit - letters.length);
    const page = await consumers.listDeadLetters({ ...filter, pageSize, pageToken }, { signal });
    letters.push(...page.deadLetters);
    pageToken = page.nextPageToken;
  } while (pageToken !== '' && letters.length < limit);
  return { letters, isMore: pageToken !== '' };
}

/** What `tradewind events dead-letters show` was asked for. */
export interface ShowLetterCommand extends EventsOptions {
  readonly process: string;
  readonly id: string;
}

/** Prints one with its data, cause and stack. */
export async function runShowLetter(command: ShowLetterCommand, host: CommandHost): Promise<void> {
  const { process, id } = command;
  await withConsumers(process, command, host, async (consumers) => {
    const { deadLetter } = await consumers.getDeadLetter({ id }, { signal: host.signal });
    if (deadLetter === undefined) return;
    host.write(command.json === true ? letterLine({ process, answer: deadLetter }) : letterText(deadLetter));
  });
}

function letterLine({ process, answer }: OfProcess<DeadLetter>): string {
  return `${JSON.stringify({ process, ...(DeadLetter.toJSON(answer) as object) })}\n`;
}

/** Dead letters as a table for people, at most 120 columns wide. */
export function letterTable(rows: readonly OfProcess<DeadLetter>[], nowMs: number): string {
  if (rows.length === 0) return 'No dead letter matches.\n';
  const columns: readonly Column<OfProcess<DeadLetter>>[] = [
    { title: 'letter', value: ({ answer }) => answer.id },
    { title: 'process', value: ({ process }) => process },
    { title: 'consumer', value: ({ answer }) => answer.consumer, shrinks: true },
    { title: 'type', value: ({ answer }) => answer.event?.type ?? '', shrinks: true },
    { title: 'dead', value: ({ answer }) => ago(answer.deathTime, nowMs), align: 'right' },
    { title: 'tries', value: ({ answer }) => String(answer.attempts), align: 'right' },
    { title: 'cause', value: ({ answer }) => failureText(answer.cause), shrinks: true },
  ];
  return table(rows, columns, MAX_WIDTH);
}

function ago(time: Date | undefined, nowMs: number): string {
  return time === undefined ? '' : shortDuration(nowMs - time.getTime());
}

/** One for people. */
export function letterText({ id, consumer, source, event, attempts, cause, deathTime }: DeadLetter): string {
  const facts: readonly (readonly [string, string])[] = [
    ['letter', id],
    ['consumer', `${consumer} of ${source}`],
    ['event', `${event?.id ?? ''}  ${event?.type ?? ''} at position ${event?.position ?? ''}`],
    ['aggregate', `${aggregateText(event)} #${event?.sequence ?? ''}`],
    ['happened', timeText(event?.time)],
    ['given up', `${timeText(deathTime)} after ${attempts === 1 ? '1 try' : `${attempts} tries`}`],
    ['cause', failureText(cause)],
  ];
  const head = facts.map(([name, value]) => `${name.padEnd(9)}  ${value}\n`).join('');
  return `${head}\n${pretty(event?.data ?? '')}\n\n${cause?.stack ?? ''}\n`;
}

function pretty(data: string): string {
  return JSON.stringify(JSON.parse(data === '' ? '{}' : data), undefined, 2);
}

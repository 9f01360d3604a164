import {
  DeadLetterFilter,
  DeadLetterOutcome,
  DeadLetterResult,
} from '../../../gen/tradewind/events/v1/consumer_service.ts';
import { systemClock } from '../../chassis/core/index.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandHost } from '../call.ts';
import { agrees, assertPerson } from '../confirm.ts';
import { MAX_WIDTH, table, type Column } from '../table.ts';
import { letterTable, listLetters } from './dead-letters.ts';
import { isFiltered, toLetterFilter, type LetterFilterOptions } from './letter-filter.ts';
import { withConsumers, type ConsumerClient, type EventsOptions } from './open-consumers.ts';
import { failureText } from './words.ts';

/** What `tradewind events dead-letters redrive | discard` was asked for. */
export interface ActOnLettersCommand extends EventsOptions, LetterFilterOptions {
  readonly action: 'redrive' | 'discard';
  readonly process: string;
  /** By their ids; none with `all`. */
  readonly ids: readonly string[];
  /** All that match the filter. */
  readonly all?: boolean;
  /** Why; kept. */
  readonly reason: string;
  /** Does not ask. */
  readonly yes?: boolean;
}

/** Each letter's handler may take its ten seconds; a call has a hundred. */
const TIMEOUT_MS = 20 * 60_000;
/** As many as one request names. */
const CHUNK = 100;
/** Before it asks, it shows so many. */
const SHOWN = 20;

/** Redrives or discards dead letters and prints what became of each. Answers false when one failed again. */
export async function runActOnLetters(command: ActOnLettersCommand, host: CommandHost): Promise<boolean> {
  const { process, ids, all } = command;
  if (ids.length > 0 && (all === true || isFiltered(command))) {
    throw new UsageError('name letters by their ids, or with --all and a filter; not both');
  }
  if (ids.length === 0 && all !== true) {
    throw new UsageError('name letters by their ids, or pass --all: every letter that matches the filter');
  }
  return withConsumers(process, command, host, async (consumers) => {
    if (!(await isMeant(consumers, command, host))) {
      host.write('Nothing was done.\n');
      return true;
    }
    const results =
      all === true ? await byFilter(consumers, command, host.signal) : await byIds(consumers, command, host.signal);
    if (command.json === true)
      for (const result of results) host.write(`${JSON.stringify(DeadLetterResult.toJSON(result))}\n`);
    else host.write(resultTable(results, command.action));
    return !results.some(({ outcome }) => outcome === DeadLetterOutcome.DEAD_LETTER_OUTCOME_FAILED);
  });
}

/** Discarding loses events, and a filter may mean more than was thought: both are asked about. */
async function isMeant(consumers: ConsumerClient, command: ActOnLettersCommand, host: CommandHost): Promise<boolean> {
  const { action, process, all, yes, ids } = command;
  if (yes === true || (action === 'redrive' && all !== true)) return true;
  assertPerson(host, command, 'pass --yes to go ahead');
  if (all !== true) return agrees(`discard ${countOf(ids.length, false)}?`, host);
  const { letters, isMore } = await listLetters(consumers, command, { limit: SHOWN, signal: host.signal });
  host.write(
    letterTable(
      letters.map((answer) => ({ process, answer })),
      systemClock.now(),
    ),
  );
  return letters.length > 0 && (await agrees(`${action} ${countOf(letters.length, isMore)}?`, host));
}

function countOf(letters: number, isMore: boolean): string {
  if (isMore) return `these ${letters} and all others that match`;
  return letters === 1 ? '1 letter' : `${letters} letters`;
}

async function byFilter(consumers: ConsumerClient, command: ActOnLettersCommand, signal: AbortSignal) {
  const results: DeadLetterResult[] = [];
  let pageToken = '';
  do {
    const target = { $case: 'filter', value: DeadLetterFilter.create(toLetterFilter(command)) } as const;
    const page = await give(consumers, command.action, { target, pageToken, reason: command.reason }, signal);
    results.push(...page.results);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return results;
}

async function byIds(consumers: ConsumerClient, command: ActOnLettersCommand, signal: AbortSignal) {
  const results: DeadLetterResult[] = [];
  for (let at = 0; at < command.ids.length; at += CHUNK) {
    const target = { $case: 'ids', value: { ids: command.ids.slice(at, at + CHUNK) } } as const;
    const request = { target, pageToken: '', reason: command.reason };
    results.push(...(await give(consumers, command.action, request, signal)).results);
  }
  return results;
}

function give(
  consumers: ConsumerClient,
  action: ActOnLettersCommand['action'],
  request: Parameters<ConsumerClient['redriveDeadLetters']>[0],
  signal: AbortSignal,
) {
  const options = { signal, timeoutMs: TIMEOUT_MS };
  return action === 'redrive'
    ? consumers.redriveDeadLetters(request, options)
    : consumers.discardDeadLetters(request, options);
}

/** What became of each letter, for people, with a line that counts. */
export function resultTable(results: readonly DeadLetterResult[], action: ActOnLettersCommand['action']): string {
  if (results.length === 0) return 'No dead letter matches.\n';
  const word = ({ outcome }: DeadLetterResult) => outcomeWord(outcome, action);
  const total = [...Map.groupBy(results, word)].map(([what, of]) => `${of.length} ${what}`).join(', ');
  const columns: readonly Column<DeadLetterResult>[] = [
    { title: 'letter', value: ({ id }) => id },
    { title: 'consumer', value: ({ consumer }) => consumer, shrinks: true },
    { title: 'type', value: ({ type }) => type, shrinks: true },
    { title: 'outcome', value: word },
    { title: 'why', value: ({ failure }) => failureText(failure), shrinks: true },
  ];
  return `${table(results, columns, MAX_WIDTH)}${total}.\n`;
}

function outcomeWord(outcome: DeadLetterOutcome, action: ActOnLettersCommand['action']): string {
  switch (outcome) {
    case DeadLetterOutcome.DEAD_LETTER_OUTCOME_DONE:
      return action === 'redrive' ? 'took effect' : 'discarded';
    case DeadLetterOutcome.DEAD_LETTER_OUTCOME_FAILED:
      return 'failed again';
    default:
      return 'not there';
  }
}

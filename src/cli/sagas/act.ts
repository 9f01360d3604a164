import {
  BulkCommandResult,
  BulkCommandSagasRequest,
  SagaCommand,
  SagaCommandOutcome,
} from '../../../gen/tradewind/order/v1/saga.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandHost } from '../call.ts';
import { agrees, assertPerson } from '../confirm.ts';
import { MAX_WIDTH, table, type Column } from '../table.ts';
import { toFilter, type FilterOptions } from './filter-options.ts';
import { withSagas, type SagaClient, type SagasOptions } from './open-sagas.ts';
import { outcomeWord, stateWord } from './words.ts';

/** The commands to sagas, as the command line names them. */
export const ACTIONS = {
  retry: SagaCommand.SAGA_COMMAND_RETRY,
  skip: SagaCommand.SAGA_COMMAND_SKIP_STEP,
  compensate: SagaCommand.SAGA_COMMAND_COMPENSATE,
  park: SagaCommand.SAGA_COMMAND_PARK,
  resume: SagaCommand.SAGA_COMMAND_RESUME,
} as const;

/** What `tradewind sagas retry | skip | compensate | park | resume` was asked for. */
export interface ActCommand extends SagasOptions, FilterOptions {
  readonly action: keyof typeof ACTIONS;
  /** Sagas by name; none with `all`. */
  readonly ids: readonly string[];
  /** All that match the filter. */
  readonly all?: boolean;
  /** Why; kept in the history of each. */
  readonly reason: string;
  /** Of the failure they are parked or undone for: `--reason` is why the command is given. */
  readonly because?: string;
  readonly dryRun?: boolean;
  /** Does not ask. */
  readonly yes?: boolean;
}

type Request = Omit<BulkCommandSagasRequest, 'pageToken' | 'pageSize' | 'dryRun'>;

const TIMEOUT_MS = 30_000;

/** As many as one request names. */
const CHUNK = 500;

/**
 * Gives a command to sagas and prints what became of each. With --all it first shows which these are and asks; then it
 * commands those that were shown and still match, nobody else. Answers false when a saga refused.
 */
export async function runSagasAct(command: ActCommand, host: CommandHost): Promise<boolean> {
  const { reason, step = '' } = command;
  const skips = command.action === 'skip';
  const rest = { command: ACTIONS[command.action], step: skips ? step : '', reason };
  if (skips && step === '') throw new UsageError('--step: name the step to skip');
  const isFiltered = FILTERS.some((name) => command[name] !== undefined && !(skips && name === 'step'));
  if (command.ids.length > 0 && (command.all === true || isFiltered)) {
    throw new UsageError('name sagas by their ids, or with --all and a filter; not both');
  }
  if (command.ids.length === 0 && command.all !== true) {
    throw new UsageError('name sagas by their ids, or pass --all: every saga that matches the filter');
  }
  return withSagas(command, host, async (sagas) => {
    const run = (request: Request, dryRun: boolean) => give(sagas, { request, dryRun, signal: host.signal });
    const dryRun = command.dryRun === true;
    if (command.all !== true) {
      const requests = chunks([...new Set(command.ids)]).map((sagaIds): Request => {
        return { ...rest, target: { $case: 'ids', value: { sagaIds } } };
      });
      return print(await inTurn(requests, (request) => run(request, dryRun)), command, host);
    }

    const { because, reason: _why, ...named } = command;
    const filter = toFilter({ ...named, ...(because !== undefined && { reason: because }) });
    const whole: Request = { ...rest, target: { $case: 'filter', value: filter } };
    if (dryRun || command.yes === true) return print(await run(whole, dryRun), command, host);

    assertPerson(host, command, 'pass --yes to go ahead, or --dry-run to see what would be done');
    const shown = await run(whole, true);
    print(shown, { ...command, dryRun: true }, host);
    const meant = shown.filter(({ outcome }) => outcome === SagaCommandOutcome.SAGA_COMMAND_OUTCOME_DONE);
    if (meant.length === 0) return true;
    if (!(await agrees(`${command.action} ${countOf(meant.length)}?`, host))) {
      host.write('Nothing was done.\n');
      return true;
    }
    const requests = chunks(meant.map(({ sagaId }) => sagaId)).map((sagaIds): Request => {
      return { ...rest, target: { $case: 'filter', value: { ...filter, sagaIds } } };
    });
    return print(await inTurn(requests, (request) => run(request, false)), command, host);
  });
}

const FILTERS = ['state', 'step', 'because', 'name', 'order', 'olderThan', 'idleFor', 'parkedFor'] as const;

/** Every page of one request. */
async function give(
  sagas: SagaClient,
  { request, dryRun, signal }: { readonly request: Request; readonly dryRun: boolean; readonly signal: AbortSignal },
): Promise<readonly BulkCommandResult[]> {
  const results: BulkCommandResult[] = [];
  let pageToken = '';
  do {
    const page = BulkCommandSagasRequest.fromPartial({ ...request, dryRun, pageToken });
    const answer = await sagas.bulkCommandSagas(page, { signal, timeoutMs: TIMEOUT_MS });
    results.push(...answer.results);
    pageToken = answer.nextPageToken;
  } while (pageToken !== '');
  return results;
}

async function inTurn<Item, Result>(
  items: readonly Item[],
  each: (item: Item) => Promise<readonly Result[]>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(...(await each(item)));
  return results;
}

function chunks(ids: readonly string[]): readonly string[][] {
  return Array.from({ length: Math.ceil(ids.length / CHUNK) }, (_, n) => ids.slice(n * CHUNK, (n + 1) * CHUNK));
}

function print(results: readonly BulkCommandResult[], command: ActCommand, host: CommandHost): boolean {
  const isRefused = ({ outcome }: BulkCommandResult) => outcome === SagaCommandOutcome.SAGA_COMMAND_OUTCOME_REFUSED;
  if (command.json === true) {
    for (const result of results) host.write(`${JSON.stringify(BulkCommandResult.toJSON(result))}\n`);
  } else {
    host.write(resultTable(results, command.dryRun === true));
  }
  return !results.some(isRefused);
}

/** What became of each saga, for people, at most 120 columns wide, with a line that counts. */
export function resultTable(results: readonly BulkCommandResult[], dryRun: boolean): string {
  if (results.length === 0) return 'No saga matches.\n';
  const counts = Map.groupBy(results, ({ outcome }) => word(outcome, dryRun));
  const total = [...counts].map(([what, of]) => `${of.length} ${what}`).join(', ');
  const columns: readonly Column<BulkCommandResult>[] = [
    { title: 'saga', value: ({ sagaId }) => sagaId },
    { title: 'state', value: ({ state, orderId }) => (orderId === '' ? '' : stateWord(state)) },
    { title: 'step', value: ({ currentStep }) => currentStep, shrinks: true },
    { title: 'outcome', value: ({ outcome }) => word(outcome, dryRun) },
    {
      title: 'why',
      value: ({ error }) => (error === undefined ? '' : `${error.reason}: ${error.message}`),
      shrinks: true,
    },
  ];
  return `${table(results, columns, MAX_WIDTH)}${total}.${dryRun ? ' Nothing was changed yet.' : ''}\n`;
}

function word(outcome: SagaCommandOutcome, dryRun: boolean): string {
  return dryRun && outcome === SagaCommandOutcome.SAGA_COMMAND_OUTCOME_DONE ? 'to do' : outcomeWord(outcome);
}

function countOf(sagas: number): string {
  return sagas === 1 ? '1 saga' : `${sagas} sagas`;
}

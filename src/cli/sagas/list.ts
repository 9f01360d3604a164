import { ListSagasRequest, Saga, SagaCount, SagaState } from '../../../gen/tradewind/order/v1/saga.ts';
import { systemClock } from '../../chassis/core/index.ts';
import type { CommandHost } from '../call.ts';
import { shortDuration } from '../duration.ts';
import { MAX_WIDTH, table, type Column } from '../table.ts';
import { toFilter, type FilterOptions } from './filter-options.ts';
import { withSagas, type SagasOptions } from './open-sagas.ts';
import { stateWord } from './words.ts';

/** What `tradewind sagas list` was asked for. */
export interface ListCommand extends SagasOptions, FilterOptions {
  /** At most so many. */
  readonly limit: number;
  /** The newest first; default: the oldest, so that what is stuck is on top. */
  readonly newest?: boolean;
}

const PAGE_SIZE = 200;

/** Prints sagas as a table, or with --json one a line; tells when there are more. */
export async function runSagasList(command: ListCommand, host: CommandHost): Promise<void> {
  const { sagaIds: _all, ...filter } = toFilter(command);
  const orderBy = command.newest === true ? 'create_time desc' : 'create_time';
  await withSagas(command, host, async (sagas) => {
    const found: Saga[] = [];
    let pageToken = '';
    do {
      const pageSize = Math.min(PAGE_SIZE, command.limit - found.length);
      const request = ListSagasRequest.fromPartial({ ...filter, orderBy, pageSize, pageToken });
      const page = await sagas.listSagas(request, { signal: host.signal });
      found.push(...page.sagas);
      pageToken = page.nextPageToken;
    } while (pageToken !== '' && found.length < command.limit);
    if (command.json === true) for (const saga of found) host.write(`${JSON.stringify(Saga.toJSON(saga))}\n`);
    else host.write(sagaTable(found, systemClock.now()) + (pageToken === '' ? '' : 'There are more: raise --limit.\n'));
  });
}

/** What `tradewind sagas count` was asked for. */
export type CountCommand = SagasOptions & FilterOptions;

/** Prints how many sagas stand where, as a table, or with --json one group a line. */
export async function runSagasCount(command: CountCommand, host: CommandHost): Promise<void> {
  const filter = toFilter(command);
  await withSagas(command, host, async (sagas) => {
    const { counts } = await sagas.countSagas({ filter }, { signal: host.signal });
    if (command.json === true) for (const count of counts) host.write(`${JSON.stringify(SagaCount.toJSON(count))}\n`);
    else host.write(countTable(counts, systemClock.now()));
  });
}

/** Sagas as a table for people, at most 120 columns wide. */
export function sagaTable(sagas: readonly Saga[], nowMs: number): string {
  if (sagas.length === 0) return 'No saga matches.\n';
  const ago = (time: Date | undefined) => (time === undefined ? '' : shortDuration(nowMs - time.getTime()));
  const columns: readonly Column<Saga>[] = [
    { title: 'saga', value: ({ id }) => id },
    { title: 'name', value: ({ name }) => name, shrinks: true },
    { title: 'state', value: ({ state }) => stateWord(state) },
    { title: 'step', value: ({ currentSteps }) => currentSteps.join(' '), shrinks: true },
    { title: 'age', value: ({ createTime }) => ago(createTime), align: 'right' },
    { title: 'idle', value: ({ updateTime }) => ago(updateTime), align: 'right' },
    { title: 'reason', value: ({ reason }) => reason, shrinks: true },
  ];
  return table(sagas, columns, MAX_WIDTH);
}

/** Groups of sagas as a table for people, at most 120 columns wide. */
export function countTable(counts: readonly SagaCount[], nowMs: number): string {
  if (counts.length === 0) return 'No saga matches.\n';
  const ago = (time: Date | undefined) => (time === undefined ? '' : shortDuration(nowMs - time.getTime()));
  const columns: readonly Column<SagaCount>[] = [
    { title: 'sagas', value: ({ count }) => String(count), align: 'right' },
    { title: 'state', value: ({ state }) => stateWord(state) },
    { title: 'name', value: ({ name, version }) => `${name} v${version}`, shrinks: true },
    { title: 'step', value: ({ step }) => step, shrinks: true },
    { title: 'oldest', value: ({ oldestCreateTime }) => ago(oldestCreateTime), align: 'right' },
    { title: 'idle', value: ({ oldestUpdateTime }) => ago(oldestUpdateTime), align: 'right' },
    { title: 'parked', value: (count) => (isParked(count) ? ago(count.oldestParkTime) : ''), align: 'right' },
    { title: 'reason', value: ({ reason }) => reason, shrinks: true },
  ];
  return table(counts, columns, MAX_WIDTH);
}

function isParked({ state }: SagaCount): boolean {
  return state === SagaState.SAGA_STATE_PARKED;
}

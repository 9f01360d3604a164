import {
  GetSagaResponse,
  ListSagasRequest,
  SagaDirection,
  SagaState,
  type Saga,
  type SagaHistoryEntry,
  type SagaStep,
} from '../../../gen/tradewind/order/v1/saga.ts';
import { AppError, systemClock } from '../../chassis/core/index.ts';
import type { CommandHost } from '../call.ts';
import { shortDuration } from '../duration.ts';
import { MAX_WIDTH, table, type Column } from '../table.ts';
import { timeText } from '../time-text.ts';
import { withSagas, type SagaClient, type SagasOptions } from './open-sagas.ts';
import { byText, entryText, errorText, stateWord, stepKindWord, stepStateWord } from './words.ts';

/** What `tradewind sagas show` was asked for. */
export interface ShowCommand extends SagasOptions {
  /** A saga's id, or an order's: then every saga of it. */
  readonly id: string;
}

/** Prints a saga, its steps and its whole history; with --json as one line a saga. */
export async function runSagasShow(command: ShowCommand, host: CommandHost): Promise<void> {
  await withSagas(command, host, async (sagas) => {
    const found = await find(sagas, command.id, host.signal);
    const texts = found.map((one) =>
      command.json === true ? `${JSON.stringify(GetSagaResponse.toJSON(one))}\n` : sagaText(one, systemClock.now()),
    );
    host.write(texts.join(command.json === true ? '' : '\n'));
  });
}

async function find(sagas: SagaClient, id: string, signal: AbortSignal): Promise<readonly GetSagaResponse[]> {
  try {
    return [await sagas.getSaga({ sagaId: id }, { signal })];
  } catch (error) {
    if (!(error instanceof AppError) || error.reason !== 'SAGA_NOT_FOUND') throw error;
    const ofOrder = await sagas.listSagas(ListSagasRequest.fromPartial({ orderId: id }), { signal });
    if (ofOrder.sagas.length === 0) throw error;
    return Promise.all(ofOrder.sagas.map((saga) => sagas.getSaga({ sagaId: saga.id }, { signal })));
  }
}

/** A saga for people: where it stands, its steps, then everything that happened. */
export function sagaText({ saga, history, omittedCount }: GetSagaResponse, nowMs: number): string {
  if (saga === undefined) return '';
  const facts = factsOf(saga, nowMs).filter(([, value]) => value !== '');
  const head = facts.map(([name, value]) => `${name.padEnd(8)}  ${value}\n`).join('');
  const steps = table(saga.steps, STEP_COLUMNS, MAX_WIDTH);
  const older = omittedCount === 0 ? '' : `${omittedCount} older entries are not shown.\n`;
  return `${head}\n${steps}\n${older}${timeline(history)}`;
}

function factsOf(saga: Saga, nowMs: number): readonly (readonly [string, string])[] {
  const ago = (time: Date | undefined) =>
    time === undefined ? '' : `${timeText(time)} (${shortDuration(nowMs - time.getTime())} ago)`;
  const isParked = saga.state === SagaState.SAGA_STATE_PARKED;
  const way = saga.direction === SagaDirection.SAGA_DIRECTION_BACKWARD ? 'going back' : 'going forward';
  const at = saga.currentSteps.length === 0 ? '' : `, at ${saga.currentSteps.join(' and ')}`;
  const why = [saga.reason, saga.message].filter((part) => part !== '').join(': ');
  return [
    ['saga', `${saga.id}  ${saga.name} version ${saga.version}`],
    ['order', saga.orderId],
    ['state', `${stateWord(saga.state)}${at === '' ? '' : `, ${way}${at}`}`],
    ['reason', why],
    ['parked', isParked ? ago(saga.parkTime) : ''],
    ['owner', saga.owner === '' ? '' : `${saga.owner} (fence ${saga.fence})`],
    ['started', ago(saga.createTime)],
    ['changed', ago(saga.updateTime)],
    ['finished', ago(saga.finishTime)],
    ['deadline', saga.finishTime === undefined ? timeText(saga.deadline) : ''],
    ['etag', saga.etag],
  ];
}

const STEP_COLUMNS: readonly Column<SagaStep>[] = [
  { title: 'step', value: ({ name }) => name },
  { title: 'kind', value: ({ kind }) => stepKindWord(kind) },
  { title: 'state', value: ({ state }) => stepStateWord(state) },
  { title: 'tries', value: ({ attemptCount }) => String(attemptCount), align: 'right' },
  { title: 'undos', value: ({ compensationAttemptCount }) => String(compensationAttemptCount), align: 'right' },
  {
    title: 'last error',
    value: ({ lastError }) => (lastError === undefined ? '' : errorText(lastError)),
    shrinks: true,
  },
];

/** One line an entry: when, how long after the one before, what, who. The date is said once. */
function timeline(history: readonly SagaHistoryEntry[]): string {
  let last: Date | undefined;
  let day = '';
  return history
    .map((entry) => {
      const time = entry.entryTime ?? new Date(0);
      const [date = '', clock = ''] = timeText(time).split(' ');
      const heading = date === day ? '' : `${date}\n`;
      const after = last === undefined ? '' : `+${between(Math.max(0, time.getTime() - last.getTime()))}`;
      [last, day] = [time, date];
      return `${heading}${clock}  ${after.padStart(8)}  ${entryText(entry)}${whoText(entry)}\n`;
    })
    .join('');
}

function whoText(entry: SagaHistoryEntry): string {
  const by = byText(entry);
  return by === '' ? '' : `  [${by}]`;
}

function between(ms: number): string {
  return ms < 1_000 ? `${ms}ms` : ms < 120_000 ? `${(ms / 1_000).toFixed(1)}s` : shortDuration(ms);
}

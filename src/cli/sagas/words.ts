import {
  SagaCommandOutcome,
  SagaDirection,
  SagaHistoryKind,
  SagaState,
  SagaStepKind,
  SagaStepState,
  type SagaError,
  type SagaHistoryEntry,
} from '../../../gen/tradewind/order/v1/saga.ts';

function nameIn(values: Readonly<Record<string, number>>, value: number, prefix: string): string {
  const name = Object.keys(values).find((key) => values[key] === value);
  return name === undefined ? `unknown (${value})` : name.slice(prefix.length).toLowerCase().replaceAll('_', ' ');
}

/** "parked". */
export const stateWord = (state: SagaState) => nameIn(SagaState, state, 'SAGA_STATE_');
/** "compensating". */
export const stepStateWord = (state: SagaStepState) => nameIn(SagaStepState, state, 'SAGA_STEP_STATE_');
/** "retriable"; empty where the server does not know. */
export const stepKindWord = (kind: SagaStepKind) =>
  kind === SagaStepKind.SAGA_STEP_KIND_UNSPECIFIED ? '' : nameIn(SagaStepKind, kind, 'SAGA_STEP_KIND_');
/** "moved on". */
export const outcomeWord = (outcome: SagaCommandOutcome) =>
  nameIn(SagaCommandOutcome, outcome, 'SAGA_COMMAND_OUTCOME_');

/** "UNAVAILABLE (PROVIDER_DOWN): cannot be reached". */
export function errorText({ status, reason, message }: SagaError): string {
  return `${status}${reason === '' ? '' : ` (${reason})`}${message === '' ? '' : `: ${message}`}`;
}

/** What an entry of a history tells: "capture-payment: attempt 3 failed, UNAVAILABLE (PROVIDER_DOWN): cannot be reached". */
export function entryText(entry: SagaHistoryEntry): string {
  const undo = entry.direction === SagaDirection.SAGA_DIRECTION_BACKWARD ? 'undo ' : '';
  const of = entry.step === '' ? '' : `${undo}${entry.step}: `;
  const attempt = `attempt ${entry.attempt}`;
  const why = entry.error === undefined ? '' : `, ${errorText(entry.error)}`;
  switch (entry.kind) {
    case SagaHistoryKind.SAGA_HISTORY_KIND_STARTED:
      return 'started';
    case SagaHistoryKind.SAGA_HISTORY_KIND_ATTEMPT_STARTED:
      return `${of}${attempt}`;
    case SagaHistoryKind.SAGA_HISTORY_KIND_ATTEMPT_SUCCEEDED:
      return `${of}${attempt} succeeded`;
    case SagaHistoryKind.SAGA_HISTORY_KIND_ATTEMPT_FAILED:
      return `${of}${attempt} failed${why}`;
    case SagaHistoryKind.SAGA_HISTORY_KIND_ATTEMPT_REFUSED:
      return `${of}${attempt} refused${why}`;
    case SagaHistoryKind.SAGA_HISTORY_KIND_COMPENSATION_STARTED:
      return `turned back at ${entry.step}${why}`;
    case SagaHistoryKind.SAGA_HISTORY_KIND_STEP_SKIPPED:
      return `${of}skipped`;
    case SagaHistoryKind.SAGA_HISTORY_KIND_PARKED:
      return `parked at ${undo}${entry.step}${entry.actor === '' ? why : ''}`;
    case SagaHistoryKind.SAGA_HISTORY_KIND_RESUMED:
      return `resumed at ${undo}${entry.step}`;
    case SagaHistoryKind.SAGA_HISTORY_KIND_RETRIED:
      return `${of}retried`;
    case SagaHistoryKind.SAGA_HISTORY_KIND_TAKEN_OVER:
      return 'taken over: its owner was gone';
    case SagaHistoryKind.SAGA_HISTORY_KIND_FINISHED:
      return `over: ${stateWord(entry.state)}`;
    case SagaHistoryKind.SAGA_HISTORY_KIND_SNAPSHOT:
      return `is ${stateWord(entry.state)}`;
    default:
      return nameIn(SagaHistoryKind, entry.kind, 'SAGA_HISTORY_KIND_');
  }
}

/** Who did it, and in which words: 'by 01a1... "seen to by hand"', or the instance. */
export function byText({ actor, note, instance }: SagaHistoryEntry): string {
  const words = note === '' ? '' : ` "${note}"`;
  return actor === '' ? `${instance}${words}`.trim() : `by ${actor}${words}`;
}

import { assertNever } from '../../../chassis/core/index.ts';
import { decide, startTelling, type Decision, type Told } from './decide.ts';
import { REDUCING_STEP, refundedAfter } from './line-cancellation.ts';
import type { Cancellation, Order } from './order.ts';
import type { HistoryKind, Learned, OrderEvent } from './order-event.ts';
import { endingReason, retryReason } from './reasons.ts';
import type { SagaNews, SagaNewsEntry, StepFailure } from './saga-news.ts';

/** The step of the checkout that makes the order CONFIRMED. */
export const CONFIRMING_STEP = 'confirm';

type Why = Partial<Pick<OrderEvent, 'reason' | 'message'>>;

/** Brings an order up to date with what its saga did. Pure. */
export function advance(order: Order, news: SagaNews): Decision {
  const telling = startTelling(order);
  const tell = (kind: HistoryKind | 'LINES_KEPT', entry: SagaNewsEntry, rest: Why & Pick<Told, 'learned'> = {}) =>
    telling.tell({ kind, state: telling.order.state, ...placeOf(kind, entry), ...rest });
  const enter = (state: 'CONFIRMED' | 'CANCELLED', why: Why = {}) => {
    if (telling.order.state !== state) telling.tell({ kind: 'STATE_CHANGED', state, ...why });
  };
  /** A step is done, by its participant or, an operator says, by hand. */
  const finish = (kind: 'STEP_SUCCEEDED' | 'STEP_SKIPPED', entry: SagaNewsEntry, why?: Why) => {
    const { step = '' } = entry;
    const learned = learnedFrom(telling.order, news, step);
    tell(kind, entry, { ...why, ...(learned && { learned }) });
    const { state, reduction } = telling.order;
    if (news.saga === 'checkout' && step === CONFIRMING_STEP && state === 'PENDING') enter('CONFIRMED');
    const taken = reduction?.underWay;
    if (news.saga !== 'partial-cancellation' || step !== REDUCING_STEP || taken === undefined) return;
    const { lines, amount, reason, message } = taken;
    telling.tell({ kind: 'LINES_CANCELLED', state, lines, amount, reason, message });
  };

  for (const entry of news.entries) {
    const forward = entry.direction === 'FORWARD';
    switch (entry.kind) {
      case 'ATTEMPT_STARTED':
        if (forward) tell('STEP_STARTED', entry);
        break;
      case 'ATTEMPT_SUCCEEDED':
        if (forward) finish('STEP_SUCCEEDED', entry);
        else tell('STEP_UNDONE', entry);
        break;
      case 'ATTEMPT_FAILED':
      case 'ATTEMPT_REFUSED': {
        const final = forward && news.entries.some(({ kind }) => kind === 'COMPENSATION_STARTED');
        if (final) tell('STEP_FAILED', entry, because(entry.failure, endingReason));
        else tell(forward ? 'STEP_RETRYING' : 'UNDO_RETRYING', entry, because(entry.failure, retryReason));
        break;
      }
      case 'COMPENSATION_STARTED': {
        if (news.saga !== 'checkout' || telling.order.state === 'CANCELLING') break; // a cancellation that fails changes the order when it is over
        const cancellation = cancellationOf(news, entry);
        const { reason, message } = cancellation;
        telling.tell({ kind: 'STATE_CHANGED', state: 'CANCELLING', cancellation, reason, message });
        break;
      }
      case 'STEP_SKIPPED': {
        const why = { reason: 'SKIPPED_BY_OPERATOR', message: entry.note ?? '' };
        if (forward) finish('STEP_SKIPPED', entry, why);
        else tell('STEP_SKIPPED', entry, why);
        break;
      }
      case 'PARKED':
        tell('PARKED', entry, whyParked(entry));
        break;
      case 'RESUMED':
      case 'RETRIED':
        if (news.wasParked) tell('RESUMED', entry, { message: entry.note ?? '' });
        break;
      case 'FINISHED':
        if (news.saga === 'partial-cancellation') {
          if (!forward) tell('LINES_KEPT', entry, notCancellable(entry.failure));
        } else if (news.saga === (forward ? 'cancellation' : 'checkout'))
          enter('CANCELLED', whyOf(telling.order.cancellation));
        else if (!forward) enter('CONFIRMED', notCancellable(entry.failure));
        break;
      case 'STARTED':
      case 'TAKEN_OVER':
        break;
      default:
        assertNever(entry.kind);
    }
  }
  return telling.end({ sagaEnded: news.entries.some(({ kind }) => kind === 'FINISHED') });
}

/** A CONFIRMED order that somebody wants undone. The cancellation saga starts in the same transaction. */
export function beginCancellation(order: Order, cancellation: Cancellation, sagaId: string): Decision {
  if (order.state !== 'CONFIRMED') throw new Error(`order ${order.id} is ${order.state}`);
  const { reason, message } = cancellation;
  return decide(order, [{ kind: 'STATE_CHANGED', state: 'CANCELLING', cancellation, sagaId, reason, message }]);
}

/** What an entry of a saga's history is about; the end of a saga is of no step. */
function placeOf(kind: HistoryKind | 'LINES_KEPT', { step = '', attempt = 0 }: SagaNewsEntry) {
  return kind === 'LINES_KEPT' ? {} : { step, attempt };
}

/** What a step that is done now makes known of the order. */
function learnedFrom(order: Order, { saga, outputs }: SagaNews, step: string): Learned | undefined {
  const { reservationId, paymentId, shipmentId, pointsAwarded, pointsRevoked } = outputs;
  if (saga === 'checkout') {
    if (step === 'reserve-stock' && reservationId !== undefined) return { reservationId };
    if (step === 'authorize-payment' && paymentId !== undefined) return { paymentId };
    if (step === 'arrange-shipment' && shipmentId !== undefined) return { shipmentId };
    if (step === 'award-points' && pointsAwarded !== undefined) return { pointsAwarded };
  }
  if (saga === 'partial-cancellation' && step === 'revoke-points' && pointsRevoked !== undefined) {
    return { pointsAwarded: order.pointsAwarded - pointsRevoked };
  }
  const refunded = refundedAfter(order, saga, step);
  return refunded && { refunded };
}

function whyParked(entry: SagaNewsEntry): Why {
  if (entry.actor !== undefined) return { reason: 'PARKED_BY_OPERATOR', message: entry.note ?? '' };
  const quarantined = entry.failure?.reason === 'SAGA_QUARANTINED';
  return { reason: quarantined ? 'SAGA_QUARANTINED' : 'PARKED_AFTER_FAILURES', message: entry.failure?.message ?? '' };
}

function whyOf(cancellation: Cancellation | undefined): Why {
  return cancellation === undefined ? {} : { reason: cancellation.reason, message: cancellation.message };
}

function because(failure: StepFailure | undefined, reasonOf: (failure: StepFailure) => string) {
  return failure === undefined ? {} : { reason: reasonOf(failure), message: failure.message };
}

/** The failed step's own failure; or, when somebody asked for it or time ran out, the one that came with turning back. */
function cancellationOf(news: SagaNews, turned: SagaNewsEntry): Cancellation {
  const failed = news.entries.find(({ kind }) => kind === 'ATTEMPT_FAILED' || kind === 'ATTEMPT_REFUSED');
  const failure = turned.failure ?? failed?.failure;
  const asked = turned.actor !== undefined;
  return {
    reason: failure === undefined ? 'STEP_REFUSED' : asked ? failure.reason : endingReason(failure),
    message: failure?.message ?? '',
    step: asked ? '' : (turned.step ?? ''),
    requestTime: turned.time,
  };
}

function notCancellable(failure: StepFailure | undefined) {
  return { reason: 'ORDER_NOT_CANCELLABLE', message: failure?.message ?? '' };
}

import { assertNever } from '../../../chassis/core/index.ts';
import { REDUCING_STEP, reductionAfter } from './line-cancellation.ts';
import type { Cancellation, OrderEvent, OrderEventKind, OrderProgress, OrderState } from './order.ts';
import { endingReason, retryReason } from './reasons.ts';
import type { SagaNews, SagaNewsEntry, StepFailure } from './saga-news.ts';

/** The order after some news, and what its own history says about them. */
export interface Advance {
  readonly order: OrderProgress;
  readonly events: readonly OrderEvent[];
}

/** The step of the checkout that makes the order CONFIRMED. */
export const CONFIRMING_STEP = 'confirm';

type Told = Omit<OrderEvent, 'position' | 'settled'>;

/** What an entry of a saga's history does not say of itself. */
type Why = Partial<Pick<OrderEvent, 'reason' | 'message' | 'taken'>>;

/** Brings an order up to date with what its saga did; the order's one transition function. Pure. */
export function advance(order: OrderProgress, news: SagaNews): Advance {
  let state = order.state;
  let cancellation = order.cancellation;
  let reduction = order.reduction;
  let pointsAwarded = news.outputs.pointsAwarded ?? order.pointsAwarded;
  const told: Told[] = [];
  const tell = (kind: OrderEventKind, entry: SagaNewsEntry, why: Why = {}) =>
    told.push({
      kind,
      state,
      step: kind === 'STATE_CHANGED' ? '' : (entry.step ?? ''),
      attempt: kind === 'STATE_CHANGED' ? 0 : (entry.attempt ?? 0),
      reason: why.reason ?? '',
      message: why.message ?? '',
      ...(why.taken && { taken: why.taken }),
    });
  const enter = (next: OrderState, entry: SagaNewsEntry, why?: Why) => {
    if (state === next) return;
    state = next;
    tell('STATE_CHANGED', entry, why);
  };
  /** A step is done, by its participant or, an operator says, by hand. */
  const finish = (entry: SagaNewsEntry) => {
    const step = entry.step ?? '';
    if (news.saga === 'checkout' && step === CONFIRMING_STEP && state === 'PENDING') enter('CONFIRMED', entry);
    reduction = reductionAfter({ ...order, reduction }, news.saga, step);
    if (news.saga !== 'partial-cancellation') return;
    const taken = reduction?.underWay;
    if (step === REDUCING_STEP)
      tell('LINES_CANCELLED', { ...entry, step: '', attempt: 0 }, taken && { ...taken, taken });
    if (step === 'revoke-points') pointsAwarded -= news.outputs.pointsRevoked ?? 0n;
  };

  for (const entry of news.entries) {
    const forward = entry.direction === 'FORWARD';
    switch (entry.kind) {
      case 'ATTEMPT_STARTED':
        if (forward) tell('STEP_STARTED', entry);
        break;
      case 'ATTEMPT_SUCCEEDED':
        tell(forward ? 'STEP_SUCCEEDED' : 'STEP_UNDONE', entry);
        if (forward) finish(entry);
        break;
      case 'ATTEMPT_FAILED':
      case 'ATTEMPT_REFUSED': {
        const final = forward && news.entries.some(({ kind }) => kind === 'COMPENSATION_STARTED');
        if (final) tell('STEP_FAILED', entry, because(entry.failure, endingReason));
        else tell(forward ? 'STEP_RETRYING' : 'UNDO_RETRYING', entry, because(entry.failure, retryReason));
        break;
      }
      case 'COMPENSATION_STARTED': {
        if (news.saga !== 'checkout') break; // a cancellation that fails changes the order when it is over
        cancellation = cancellationOf(news, entry);
        enter('CANCELLING', entry, { reason: cancellation.reason, message: cancellation.message });
        break;
      }
      case 'STEP_SKIPPED':
        tell('STEP_SKIPPED', entry, { reason: 'SKIPPED_BY_OPERATOR', message: entry.note ?? '' });
        if (forward) finish(entry);
        break;
      case 'PARKED': {
        const byOperator = entry.actor !== undefined;
        const quarantined = entry.failure?.reason === 'SAGA_QUARANTINED';
        const byItself = quarantined ? 'SAGA_QUARANTINED' : 'PARKED_AFTER_FAILURES';
        const reason = byOperator ? 'PARKED_BY_OPERATOR' : byItself;
        tell('PARKED', entry, { reason, message: byOperator ? (entry.note ?? '') : (entry.failure?.message ?? '') });
        break;
      }
      case 'RESUMED':
      case 'RETRIED':
        if (news.wasParked) tell('RESUMED', entry, { message: entry.note ?? '' });
        break;
      case 'FINISHED':
        if (news.saga === 'partial-cancellation') {
          if (!forward) tell('LINES_KEPT', { ...entry, step: '', attempt: 0 }, notCancellable(entry.failure));
          if (reduction !== undefined) reduction = { ...reduction, underWay: undefined };
        } else if (forward && news.saga === 'cancellation') enter('CANCELLED', entry, cancellation);
        else if (!forward && news.saga === 'checkout') enter('CANCELLED', entry, cancellation);
        else if (!forward) {
          cancellation = undefined;
          enter('CONFIRMED', entry, notCancellable(entry.failure));
        }
        break;
      case 'STARTED':
      case 'TAKEN_OVER':
        break;
      default:
        assertNever(entry.kind);
    }
  }

  const ended = news.entries.some(({ kind }) => kind === 'FINISHED');
  const activeSagas = order.activeSagas - (ended ? 1 : 0);
  const events = number(told, order.lastPosition, activeSagas === 0);
  const next: OrderProgress = {
    ...order,
    state,
    activeSagas,
    cancellation,
    lastPosition: order.lastPosition + BigInt(events.length),
    reservationId: news.outputs.reservationId ?? order.reservationId,
    paymentId: news.outputs.paymentId ?? order.paymentId,
    shipmentId: news.outputs.shipmentId ?? order.shipmentId,
    pointsAwarded,
    reduction,
  };
  return { order: next, events };
}

/** A CONFIRMED order that somebody wants undone. The cancellation saga starts in the same transaction. */
export function beginCancellation(order: OrderProgress, cancellation: Cancellation): Advance {
  if (order.state !== 'CONFIRMED') throw new Error(`order ${order.id} is ${order.state}`);
  const { reason, message } = cancellation;
  const event: Told = { kind: 'STATE_CHANGED', state: 'CANCELLING', step: '', attempt: 0, reason, message };
  return {
    order: {
      ...order,
      state: 'CANCELLING',
      cancellation,
      activeSagas: order.activeSagas + 1,
      lastPosition: order.lastPosition + 1n,
    },
    events: number([event], order.lastPosition, false),
  };
}

/** Only the last event can be the one after which nothing is under way. */
function number(told: readonly Told[], after: bigint, settled: boolean): readonly OrderEvent[] {
  return told.map((event, index) => ({
    ...event,
    position: after + BigInt(index) + 1n,
    settled: settled && index === told.length - 1,
  }));
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

import {
  ConsumerAction,
  DeadLetterOutcome as ProtoOutcome,
  type Action,
  type Consumer,
  type DeadLetter as ProtoDeadLetter,
  type DeadLetterResult,
  type EventFailure as ProtoFailure,
  type ParkedEvent as ProtoParked,
} from '../../../../gen/tradewind/events/v1/consumer_service.ts';
import type { Event } from '../../../../gen/tradewind/events/v1/event_service.ts';
import type { EventFailure } from '../consumer/index.ts';
import type { CarriedEvent } from '../courier.ts';
import type { NotedAction, OperatorAction } from './actions.ts';
import type { ConsumerStatus } from './consumer-status.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { ParkedEvent } from './parked-events.ts';
import type { DeadLetterOutcome } from './redrive.ts';

/** A consumer as the contract tells of it. */
export function toConsumer(status: ConsumerStatus): Consumer {
  const { name, source, lag, pause } = status;
  const known = lag.kind === 'known' ? lag.value : undefined;
  const lags = new Map(known?.partitions.map((one) => [one.partition, one]));
  const all = [...lags.values()];
  return {
    ...{ name, source, types: [...status.types], members: [...status.members] },
    partitions: status.partitions.map(({ partition, position, owner, expireTime }) => ({
      ...{ partition, position, owner: owner ?? '', expireTime },
      lagEvents: lags.get(partition)?.events ?? 0n,
      lagSeconds: lags.get(partition)?.seconds ?? 0,
    })),
    newestPosition: known?.newestPosition ?? 0n,
    oldestPosition: known?.oldestPosition ?? 0n,
    lagEvents: all.reduce((sum, { events }) => sum + events, 0n),
    lagSeconds: Math.max(0, ...all.map(({ seconds }) => seconds)),
    lagIsLeast: known?.isLeast ?? false,
    lagError: lag.kind === 'unknown' ? lag.error : '',
    parkedCount: status.parkedCount,
    deadLetterCount: status.deadLetterCount,
    pauseTime: pause?.time,
    pauseActor: pause?.actor ?? '',
    pauseReason: pause?.reason ?? '',
  };
}

/** A dead letter; what was not read of it is empty. */
export function toDeadLetterMessage({ id, consumer, event, attempts, cause, deathTime }: DeadLetter): ProtoDeadLetter {
  return {
    ...{ id, consumer, source: event.source, event: toEvent(event), partition: event.partition },
    ...{ attempts, cause: toFailure(cause), deathTime },
  };
}

/** A parked event. */
export function toParkedMessage({ consumer, event, attempts, failure, dueTime, parkTime }: ParkedEvent): ProtoParked {
  return {
    ...{ consumer, source: event.source, event: toEvent(event), partition: event.partition },
    ...{ attempts, failure: failure && toFailure(failure), dueTime, parkTime },
  };
}

/** What became of a dead letter. */
export function toResult(outcome: DeadLetterOutcome): DeadLetterResult {
  if (outcome.kind === 'gone') {
    const nothing = { consumer: '', eventId: '', type: '', failure: undefined };
    return { ...nothing, id: outcome.id, outcome: ProtoOutcome.DEAD_LETTER_OUTCOME_GONE };
  }
  const { id, consumer, event } = outcome.letter;
  const which = { id, consumer, eventId: event.id, type: event.type };
  return outcome.kind === 'done'
    ? { ...which, outcome: ProtoOutcome.DEAD_LETTER_OUTCOME_DONE, failure: undefined }
    : { ...which, outcome: ProtoOutcome.DEAD_LETTER_OUTCOME_FAILED, failure: toFailure(outcome.failure) };
}

const ACTIONS: Readonly<Record<OperatorAction, ConsumerAction>> = {
  redrive: ConsumerAction.CONSUMER_ACTION_REDRIVE,
  discard: ConsumerAction.CONSUMER_ACTION_DISCARD,
  retry: ConsumerAction.CONSUMER_ACTION_RETRY,
  replay: ConsumerAction.CONSUMER_ACTION_REPLAY,
  skip: ConsumerAction.CONSUMER_ACTION_SKIP,
  pause: ConsumerAction.CONSUMER_ACTION_PAUSE,
  resume: ConsumerAction.CONSUMER_ACTION_RESUME,
};

/** What an operator did. */
export function toAction({ action, ...noted }: NotedAction): Action {
  return { ...noted, action: ACTIONS[action] };
}

function toFailure({ status, reason, message, stack }: EventFailure): ProtoFailure {
  return { status, reason, message, stack: stack ?? '' };
}

function toEvent(event: CarriedEvent): Event {
  const { position, id, type, aggregateType, aggregateId, sequence, time, data, traceparent } = event;
  return { position, id, type, aggregateType, aggregateId, sequence, time, data, traceparent: traceparent ?? '' };
}

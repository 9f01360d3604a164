import type { Events } from '../../chassis/core/index.ts';
import type { SagaEvents } from '../../chassis/saga/index.ts';
import type { Logger } from '../../chassis/telemetry/index.ts';

/** Writes down what operators want to read of sagas: what ends, what fails, what changes hands. */
export function logSagas(events: Events<SagaEvents>, logger: Logger): void {
  events.on('transition', ({ sagaId, name, correlationKey, from, to }) => {
    if (to.kind === from.kind) return;
    const level = to.kind === 'PARKED' ? 'error' : 'info';
    logger[level]({ sagaId, saga: name, orderId: correlationKey, from: from.kind, to: to.kind }, 'saga moved');
  });
  events.on('attempt', ({ failure, ...attempt }) => {
    if (failure !== undefined) logger.warn({ ...attempt, failure }, 'saga step failed');
  });
  events.on('takenOver', (what) => logger.warn(what, 'saga taken over'));
  events.on('claimLost', (what) => logger.warn(what, 'saga lost to another instance'));
  events.on('logFailed', ({ what, error }) => logger.error({ what, err: error }, 'saga log failed; it is tried again'));
}

/** Writes down what went wrong with one saga while a bulk command went on with the others. */
export function logFaults(logger: Logger): (sagaId: string, error: unknown) => void {
  return (sagaId, error) => logger.error({ sagaId, err: error }, 'saga could not be commanded');
}

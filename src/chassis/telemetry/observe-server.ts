import type { StatusName } from '../core/index.ts';
import type { Events } from '../core/index.ts';
import type { ServerCallEvents } from '../middleware/server/index.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** Answers that say something is wrong with us, not with the request. */
const LEVELS: Partial<Record<StatusName, 'warn' | 'error'>> = {
  UNKNOWN: 'error',
  INTERNAL: 'error',
  DATA_LOSS: 'error',
  UNAVAILABLE: 'warn',
  DEADLINE_EXCEEDED: 'warn',
  RESOURCE_EXHAUSTED: 'warn',
};

/** Logs how calls end: our own failures with their cause, the rest only at level debug. */
export function logServerCalls(events: Events<ServerCallEvents>, logger: Logger): void {
  events.on('ended', ({ call, status, durationMs, error }) => {
    const level = LEVELS[status] ?? 'debug';
    if (!logger.isLevelEnabled(level)) return;
    const ms = Math.round(durationMs * 10) / 10;
    const failure = error === undefined ? {} : { reason: error.reason, message: error.message };
    const cause = level === 'error' ? { err: error?.cause ?? error } : {};
    logger[level]({ method: call.method, status, ms, ...failure, ...cause }, 'call ended');
  });
}

/** Counts and times calls. */
export function measureServerCalls(events: Events<ServerCallEvents>, metrics: Metrics): void {
  events.on('started', () => metrics.serverInFlight.inc());
  events.on('ended', ({ call, span, status, durationMs, transport }) => {
    metrics.serverInFlight.dec();
    metrics.serverTransports.inc(transport);
    const recorded = span?.isRecording === true ? span.traceparent : undefined;
    metrics.serverCalls.observe(durationMs, [call.method, status, call.caller ?? ''], recorded);
  });
}

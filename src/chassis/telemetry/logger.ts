import { trace } from '@opentelemetry/api';
import { pino, stdSerializers, stdTimeFunctions, type DestinationStream, type SerializedError } from 'pino';

import { currentCall } from '../core/index.ts';

/** Writes log lines. One per process; parts of it get their own with `logger.child({ part })`. */
export type Logger = pino.Logger;

/** What every line of one process says. */
export interface LoggerOptions {
  /** "order". */
  readonly process: string;
  /** Names this process among its replicas. */
  readonly instance: string;
  readonly level: pino.LevelWithSilent;
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

/** Field names whose value is never written, in whatever object of a line they stand, two levels deep. */
const HIDDEN = [
  'authorization',
  'password',
  'secret',
  'token',
  'accessToken',
  'refreshToken',
  'card',
  'cardNumber',
  'cvc',
];

/** JSON lines with the ids of the call they are written in. */
export function createLogger({ process, instance, level, destination }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { process, instance },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: callFields,
      redact: { paths: HIDDEN.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' },
      serializers: { err: describeError },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
}

/** As pino describes it, but by its own name: a class may be called otherwise where the program was bundled. */
function describeError(error: Error): SerializedError {
  const described = stdSerializers.errWithCause(error);
  if (error instanceof Error) described.type = error.name;
  return described;
}

/** The ids that tie a line to its call, to what that is about, and to its trace, recorded or not. */
function callFields(): object {
  const call = currentCall();
  const span = trace.getActiveSpan()?.spanContext();
  if (call === undefined && span === undefined) return {};
  const [, traceId, spanId] = call?.trace?.traceparent.split('-') ?? [];
  return {
    callId: call?.callId,
    method: call?.method,
    userId: call?.principal?.userId,
    // The names that OpenTelemetry gives them in logs that are not its own.
    trace_id: span?.traceId ?? traceId,
    span_id: span?.spanId ?? spanId,
    ...call?.facts,
  };
}

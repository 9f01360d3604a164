import type { CallOptions, ClientMiddlewareCall } from 'nice-grpc-common';

import { AppError, type Clock, type Emitter, type StatusName } from '../../core/index.ts';
import { outgoingOf, type ChainOptions } from './outgoing-call.ts';
import type { RetryStop } from './retry-decision.ts';

/** Whose call it is. */
interface OfMethod {
  readonly target: string;
  /** "/package.Service/Method". */
  readonly method: string;
}

/** What a client says about its calls; telemetry makes metrics and logs of it. */
export interface ClientCallEvents {
  callStarted: OfMethod;
  callEnded: OfMethod & {
    readonly status: StatusName;
    readonly durationMs: number;
    readonly attempts: number;
    /** host:port of the last attempt; undefined: none was sent. */
    readonly peer: string | undefined;
    readonly error: AppError | undefined;
  };
  /** A call was not sent, because of its method's breaker or its target's bulkhead. */
  callRejected: OfMethod & { readonly by: 'breaker' | 'bulkhead' };
  /** A call failed that had been tried again as often as may be; `why` is what there was no further attempt for. */
  retriesStopped: OfMethod & { readonly why: RetryStop };
  /** A second attempt went out beside a slow one. */
  hedged: OfMethod;
  /** It answered first. */
  hedgeWon: OfMethod;
  /** A call that failed was answered by its caller's fallback. */
  fallbackUsed: OfMethod & { readonly status: StatusName };
}

/** Outermost: one started and one ended event for each call, over all its attempts. A stream left early ends OK. */
export function createCallEventsMiddleware(events: Emitter<ClientCallEvents>, clock: Clock) {
  return async function* callEvents<Request, Response>(
    call: ClientMiddlewareCall<Request, Response, ChainOptions>,
    options: CallOptions & Partial<ChainOptions>,
  ) {
    const outgoing = outgoingOf(options);
    const { target, method } = outgoing;
    events.emit('callStarted', { target, method });
    let error: AppError | undefined;
    try {
      return yield* call.next(call.request, options);
    } catch (thrown) {
      error = AppError.from(thrown);
      throw error;
    } finally {
      events.emit('callEnded', {
        target,
        method,
        status: error?.status ?? 'OK',
        durationMs: clock.monotonicMs() - outgoing.startedAtMs,
        attempts: outgoing.attempts,
        peer: outgoing.subchannel?.address,
        error,
      });
    }
  };
}

import type { CallOptions, ClientMiddlewareCall, Metadata } from 'nice-grpc-common';

import type { Clock, Emitter } from '../core/index.ts';
import {
  outgoingOf,
  toAppError,
  type ChainOptions,
  type ChassisClientMiddleware,
  type ClientCallEvents,
} from '../middleware/client/index.ts';
import type { BreakerOutcome } from '../resilience/index.ts';
import { passBreaker, passBulkhead, verdictOn } from './admission.ts';
import { calledMethodOf } from './method-calling.ts';
import type { TargetCalling } from './target-calling.ts';

/** A stream may have nothing to say for hours: one that has not failed for so long is a success, in milliseconds. */
const QUIET_MS = 1_000;

/**
 * Asks breaker and bulkhead before a stream, as unary calls do themselves. A stream has its place until it ends; to the
 * breaker it is a success as soon as the target begins to answer: how streams end says more about their readers, and about
 * servers that restart.
 */
export function createAdmissionMiddleware(
  calling: TargetCalling,
  { events, clock }: { readonly events: Emitter<ClientCallEvents>; readonly clock: Clock },
): ChassisClientMiddleware {
  return async function* admission<Request, Response>(
    call: ClientMiddlewareCall<Request, Response, ChainOptions>,
    options: CallOptions & Partial<ChainOptions>,
  ) {
    const outgoing = outgoingOf(options);
    const { breaker, bulkhead } = calling.of(calledMethodOf(call.method));
    const generation = breaker && passBreaker(breaker, outgoing, events);
    let isInside = false;
    let isRecorded = false;
    const record = (verdict: BreakerOutcome) => {
      if (isRecorded) return;
      isRecorded = true;
      if (verdict === 'success') calling.budget.deposit();
      if (generation !== undefined) breaker?.record(generation, verdict);
    };
    const onHeader = (header: Metadata) => {
      record('success');
      options.onHeader?.(header);
    };
    const quiet = breaker && clock.setTimer(QUIET_MS, () => record('success'));
    try {
      if (bulkhead !== undefined) {
        if (!bulkhead.tryEnter()) await passBulkhead(bulkhead, outgoing, events);
        isInside = true;
      }
      return yield* call.next(call.request, { ...options, onHeader });
    } catch (error) {
      record(verdictOn(toAppError(error, outgoing), { attempts: outgoing.attempts, isSpent: false }));
      throw error;
    } finally {
      quiet?.cancel();
      record('ignored'); // its reader left before anything came
      if (isInside) bulkhead?.leave();
    }
  };
}

import type { CallContext as WireContext, ServerMiddleware, ServerMiddlewareCall } from 'nice-grpc-common';

import { HEADERS, hostOf, runInCall, type CallContext, type NewId } from '../../core/index.ts';
import { deadlineOf } from './deadline.ts';
import { iterateWithin } from './within.ts';

/** A call id is written into logs of every hop: a foreign one is taken over only when it is short and plain. */
const CALL_ID = /^[\w.:-]{1,128}$/;

/** Opens the call's context: everything further inside reads it with currentCall(). Nobody is authenticated yet. */
export function callContextMiddleware(newId: NewId): ServerMiddleware {
  return async function* callContext<Request, Response>(
    call: ServerMiddlewareCall<Request, Response>,
    wire: WireContext,
  ) {
    const given = wire.metadata.get(HEADERS.callId);
    const context: CallContext = {
      callId: given !== undefined && CALL_ID.test(given) ? given : newId(),
      method: call.method.path,
      deadlineMs: deadlineOf(wire.metadata),
      principal: undefined,
      authorization: undefined,
      signal: wire.signal,
      isRetry: wire.metadata.get(HEADERS.retry) === '1',
      peer: hostOf(wire.peer),
    };
    return yield* iterateWithin(
      (work) => runInCall(context, work),
      () => call.next(call.request, wire),
    );
  };
}

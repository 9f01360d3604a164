import { AppError, runInCall } from '../../core/index.ts';
import type { IncomingUnary, UnaryAnswer } from '../../transport/index.ts';
import { check } from './check.ts';
import { cancelledByCaller, deadlineExceeded } from './deadline.ts';
import { toFailure } from './failure.ts';
import { HandlerContext } from './handler-context.ts';
import { SERVER_DRAINING } from './in-flight.ts';
import type { ServerPart } from './part.ts';
import { ServerCall, type ServedMethod } from './server-call.ts';

/** What every chain of one server is made of. */
export interface ChainOptions {
  /** Outermost first. */
  readonly parts: readonly ServerPart[];
  /** ErrorInfo.domain of errors that name none. */
  readonly domain: string;
  /** Names calls that come without an id. */
  readonly newId: () => string;
}

/** Answers one request: a unary handler, or a client-streaming one, whose request is an AsyncIterable. */
export type SingleResponseHandler = (request: unknown, context: HandlerContext) => unknown;

/**
 * Everything a call goes through that one message answers, in one function made once for the method: parts, handler,
 * outcome. Never rejects. A generator for each part, as streams have it, would cost more than all the parts do.
 */
export function createUnaryChain(served: ServedMethod, handler: SingleResponseHandler, options: ChainOptions) {
  const { parts, domain, newId } = options;

  const answer = async (call: ServerCall, request: unknown): Promise<UnaryAnswer> => {
    const context = new HandlerContext(call);
    let entered = 0;
    let hasBegun = false;
    let response: unknown;
    let error: AppError | undefined;
    let answered: HandlerContext['answered'] | undefined;
    try {
      for (; entered < parts.length; entered++) {
        const entering = parts[entered]!.enter?.(call);
        if (entering !== undefined) await call.untilEnded(entering);
      }
      const checked = check(call, request, parts);
      hasBegun = true;
      const { span } = call;
      const work =
        span?.isRecording === true ? span.within(() => handler(checked, context)) : handler(checked, context);
      response = isThenable(work) ? await call.untilEnded(Promise.resolve(work)) : work;
      if (call.refused !== undefined) throw call.refused;
      answered = context.answered;
    } catch (thrown) {
      error = call.endedBy ?? AppError.from(thrown);
    }
    call.settle(error?.status ?? 'OK', error);
    while (entered > 0) parts[--entered]!.leave?.(call);
    if (error === undefined) return { kind: 'reply', response, header: answered?.header, trailer: answered?.trailer };
    const isUnprocessed = !hasBegun && error.reason === SERVER_DRAINING;
    return toFailure(error, { domain, trailer: context.trailerOfFailure, isUnprocessed });
  };

  return (request: unknown, incoming: IncomingUnary): Promise<UnaryAnswer> => {
    const call = new ServerCall(served, incoming, newId);
    incoming.onCancel = (reason) => call.end(reason === 'deadline' ? deadlineExceeded() : cancelledByCaller());
    return runInCall(call, answer, call, request);
  };
}

/** Not only our own promises: query builders, and what another library takes for one, are to be cut short too. */
function isThenable(work: unknown): work is PromiseLike<unknown> {
  return (
    work instanceof Promise || typeof (work as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function'
  );
}

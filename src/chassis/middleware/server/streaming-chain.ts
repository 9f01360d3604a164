import { AppError, runInCall } from '../../core/index.ts';
import { check } from './check.ts';
import { endable } from './endable.ts';
import type { HandlerContext } from './handler-context.ts';
import type { ServerCall } from './server-call.ts';
import type { ChainOptions } from './unary-chain.ts';
import { iterateWithin } from './within.ts';

/** Answers with a stream; the request is a message or an AsyncIterable of them. */
export type StreamHandler = (request: unknown, context: HandlerContext) => AsyncIterable<unknown>;

/**
 * Everything a call goes through that a stream answers: the messages for its caller, made as they are asked for, each in the
 * call's context and span. Throws AppErrors only. A reader that stops early leaves the call CANCELLED.
 */
export function createStreamingChain(handler: StreamHandler, { parts }: Pick<ChainOptions, 'parts'>) {
  async function* answer(call: ServerCall, request: unknown, context: HandlerContext) {
    let entered = 0;
    let isAnswered = false;
    let error: AppError | undefined;
    try {
      for (; entered < parts.length; entered++) {
        const entering = parts[entered]!.enter?.(call);
        if (entering !== undefined) await call.untilEnded(entering);
      }
      const within = <T>(work: () => T): T => (call.span?.isRecording === true ? call.span.within(work) : work());
      const { responses, end } = endable(iterateWithin(within, () => handler(check(call, request, parts), context)));
      call.onEnd(end);
      yield* responses;
      if (call.refused !== undefined) throw call.refused;
      isAnswered = true;
    } catch (thrown) {
      error = call.endedBy ?? AppError.from(thrown);
      throw error;
    } finally {
      if (!isAnswered) error ??= call.endedBy;
      // Nothing was thrown and nothing finished: whoever read has gone.
      call.settle(error?.status ?? (isAnswered ? 'OK' : 'CANCELLED'), error);
      while (entered > 0) parts[--entered]!.leave?.(call);
    }
  }

  return (call: ServerCall, request: unknown, context: HandlerContext): AsyncIterable<unknown> =>
    iterateWithin(
      (work) => runInCall(call, work),
      () => answer(call, request, context),
    );
}

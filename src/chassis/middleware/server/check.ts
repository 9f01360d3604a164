import { AppError } from '../../core/index.ts';
import type { ServerPart } from './part.ts';
import type { ServerCall } from './server-call.ts';

/** The request as the handler gets it: the message, checked, or a stream whose messages are checked as they are read. */
export function check(call: ServerCall, request: unknown, parts: readonly ServerPart[]): unknown {
  // A method whose requests stream is only ever given an iterable of them.
  if (call.served.requestStream) return checkEach(call, request as AsyncIterable<unknown>, parts);
  checkMessage(call, request, parts);
  return request;
}

async function* checkEach(call: ServerCall, requests: AsyncIterable<unknown>, parts: readonly ServerPart[]) {
  for await (const message of requests) {
    try {
      checkMessage(call, message, parts);
    } catch (thrown) {
      call.refused = AppError.from(thrown);
      throw thrown;
    }
    yield message;
  }
}

function checkMessage(call: ServerCall, message: unknown, parts: readonly ServerPart[]): void {
  for (let index = 0; index < parts.length; index++) parts[index]!.check?.(call, message);
}

import { ServerError, type CallContext, type ServerMiddleware, type ServerMiddlewareCall } from 'nice-grpc-common';

import { AppError, HEADERS } from '../../core/index.ts';
import { toStatusDetails } from '../../errors/index.ts';

/**
 * Turns whatever was thrown into a gRPC status with google.rpc details. An AppError says what the caller is told;
 * anything else is INTERNAL with a public text. `domain` is ErrorInfo.domain where the error names none.
 */
export function errorMappingMiddleware(domain: string): ServerMiddleware {
  return async function* errorMapping<Request, Response>(
    call: ServerMiddlewareCall<Request, Response>,
    context: CallContext,
  ) {
    try {
      return yield* call.next(call.request, context);
    } catch (thrown) {
      const error = AppError.from(thrown);
      context.trailer.set(HEADERS.statusDetails, toStatusDetails(error, domain));
      throw new ServerError(error.code, error.message);
    }
  };
}

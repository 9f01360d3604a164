import type { CallContext, ServerMiddleware, ServerMiddlewareCall } from 'nice-grpc-common';

import { AppError } from '../../core/index.ts';

/** Where the server's wire guard leaves the name of a header that breaks gRPC's rules; a client cannot unset it. */
export const MALFORMED_HEADER_METADATA = 'x-tradewind-internal-malformed';

/** Refuses a call whose headers gRPC does not allow: grpc-js reads something else out of them and goes on. */
export function wireMiddleware(): ServerMiddleware {
  return function wire<Request, Response>(call: ServerMiddlewareCall<Request, Response>, context: CallContext) {
    const header = context.metadata.get(MALFORMED_HEADER_METADATA);
    if (header !== undefined) {
      throw new AppError({
        status: 'INVALID_ARGUMENT',
        reason: 'MALFORMED_HEADER',
        message: `the header ${header} is malformed`,
        domain: 'tradewind',
        metadata: { header },
      });
    }
    return call.next(call.request, context);
  };
}

import type { CallOptions } from 'nice-grpc';

import type { AppError, ErrorStatus } from '../core/index.ts';
import type { ChassisCallOptions } from '../middleware/client/index.ts';

/** Another answer for when there is none. */
export interface FallbackOptions<Request, Response> {
  /** What the caller gets instead. What it throws ends the call. */
  readonly answer: (error: AppError, request: Request) => Response | Promise<Response>;
  /**
   * The failures that it is asked for; default: the target was away, overloaded or too slow. Never asked when the caller has
   * given the call up.
   */
  readonly statuses?: readonly ErrorStatus[] | undefined;
}

/** Failures to answer, as opposed to answers. */
const NO_ANSWER: readonly ErrorStatus[] = ['UNAVAILABLE', 'RESOURCE_EXHAUSTED', 'DEADLINE_EXCEEDED'];

/**
 * A unary method of a client that answers something else rather than fail: a list from yesterday, an empty one. Retries, hedges
 * and breaker have had their say before; the call counts as the failure it was, and the fallback is counted beside it.
 *
 *     const topProducts = withFallback(products.listProducts, { answer: () => ({ products: [], nextPageToken: '' }) });
 */
export function withFallback<Request, Response>(
  method: (request: Request, options?: CallOptions & ChassisCallOptions) => Promise<Response>,
  { answer, statuses = NO_ANSWER }: FallbackOptions<Request, Response>,
): (request: Request, options?: CallOptions & ChassisCallOptions) => Promise<Response> {
  return (request, options) =>
    method(request, { ...options, fallback: { statuses, answer: (error) => answer(error, request) } });
}

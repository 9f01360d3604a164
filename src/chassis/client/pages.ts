import type { CallOptions } from 'nice-grpc';

import { AppError } from '../core/index.ts';
import type { ChassisCallOptions } from '../middleware/client/index.ts';

/**
 * Every page of a list method, in order, each read when it is asked for:
 * `for await (const page of pages(users.listUsers, { pageSize: 100 })) ...`
 * Begins at the request's own page_token. A server that answers a token with itself would never end: that is INTERNAL.
 */
export async function* pages<
  Request extends { pageToken?: string | undefined },
  Response extends { nextPageToken: string },
>(
  list: (request: Request, options?: CallOptions & ChassisCallOptions) => Promise<Response>,
  request: Request,
  options?: CallOptions & ChassisCallOptions,
): AsyncGenerator<Response, void, undefined> {
  let pageToken = request.pageToken ?? '';
  for (;;) {
    const response = await list({ ...request, pageToken }, options);
    yield response;
    if (response.nextPageToken === '') return;
    if (response.nextPageToken === pageToken) {
      throw new AppError({
        status: 'INTERNAL',
        reason: 'PAGE_TOKEN_REPEATED',
        domain: 'tradewind',
        message: 'the server answered a page token with itself',
      });
    }
    pageToken = response.nextPageToken;
  }
}

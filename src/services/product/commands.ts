import type { IdempotentCommand, MessageCodec } from '../../chassis/store/index.ts';

/** A command as it came in: who is asked, with what, and how its answer is kept. */
export interface IncomingCommand<Request extends { readonly requestId: string }, Response> {
  /** "/tradewind.product.v1.InventoryService/ReserveStock". */
  readonly path: string;
  readonly request: Request;
  readonly requestCodec: MessageCodec<Request>;
  readonly responseCodec: MessageCodec<Response>;
}

/** The record under which a command is carried out once: everything but the request id counts as its body. */
export function recordOf<Request extends { readonly requestId: string }, Response>(
  command: IncomingCommand<Request, Response>,
): IdempotentCommand<Response> {
  const { path, request, requestCodec, responseCodec } = command;
  return {
    scope: path,
    key: request.requestId,
    request: requestCodec.encode({ ...request, requestId: '' }).finish(),
    codec: responseCodec,
  };
}

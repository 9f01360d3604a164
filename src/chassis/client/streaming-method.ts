import type { CallOptions, ClientMiddlewareCall, MethodDescriptor } from 'nice-grpc';

import type { Clock } from '../core/index.ts';
import {
  callOrigin,
  createOutgoingCall,
  shorterOf,
  type CallOrigin,
  type ChainOptions,
  type ChassisCallOptions,
  type ChassisClientMiddleware,
} from '../middleware/client/index.ts';
import type { MethodCalling } from './method-calling.ts';
import {
  createSingleResponseTerminal,
  createStreamResponseTerminal,
  type TerminalOptions,
} from './streaming-terminal.ts';

/** What one streaming method is made with. */
export interface StreamingMethodOptions {
  readonly target: string;
  readonly descriptor: MethodDescriptor;
  /** Composed once; all methods of a target share it. */
  readonly middleware: ChassisClientMiddleware;
  readonly terminal: TerminalOptions;
  readonly clock: Clock;
  readonly calling: MethodCalling;
  /** What calls of this client do unless they say otherwise. */
  readonly defaults: CallOptions & ChassisCallOptions;
}

type Options = CallOptions & ChassisCallOptions;
type Chain = (
  request: unknown,
  options: CallOptions & Partial<ChainOptions>,
) => AsyncGenerator<unknown, unknown, undefined>;

/** A client-streaming method: a promise of the one response. */
export function createSingleResponseMethod(method: StreamingMethodOptions) {
  const chain = composeChain(method, createSingleResponseTerminal(method.terminal));
  return async (request: unknown, ownOptions?: Options): Promise<unknown> => {
    const { outgoing, release, options } = start(method, callOrigin(), ownOptions);
    try {
      const result = await chain(request, { ...options, outgoing }).next();
      if (result.done !== true)
        throw new Error(`a middleware of ${outgoing.method} yielded, but must return one message`);
      return result.value;
    } finally {
      release();
    }
  };
}

/** A server-streaming or bidirectional method: an iterable that begins the call when it is first read. */
export function createStreamResponseMethod(method: StreamingMethodOptions) {
  const chain = composeChain(method, createStreamResponseTerminal(method.terminal));
  async function* run(origin: CallOrigin, request: unknown, ownOptions: Options | undefined) {
    const { outgoing, release, options } = start(method, origin, ownOptions);
    try {
      yield* chain(request, { ...options, outgoing });
    } finally {
      release();
    }
  }
  return (request: unknown, options?: Options): AsyncIterable<unknown> => run(callOrigin(), request, options);
}

function start(method: StreamingMethodOptions, origin: CallOrigin, own?: Options) {
  const { target, descriptor, clock, calling, defaults } = method;
  const signal = own?.signal ?? defaults.signal;
  const options = { ...defaults, ...own, timeoutMs: shorterOf(own?.timeoutMs ?? defaults.timeoutMs, calling.callMs) };
  return { ...createOutgoingCall({ target, method: descriptor.path, origin, clock, signal }), options };
}

function composeChain({ descriptor, middleware }: StreamingMethodOptions, next: Chain): Chain {
  const { requestStream, responseStream } = descriptor;
  return (request, options) => {
    const call = { method: descriptor, requestStream, request, responseStream, next };
    // The descriptor's booleans and the terminal were chosen together; the union of four kinds cannot say so.
    return middleware<unknown, unknown>(call as ClientMiddlewareCall<unknown, unknown, ChainOptions>, options);
  };
}

import { ClientError, type CallOptions, type TsProtoServiceDefinition } from 'nice-grpc';

import type { Balancer, PickInfo, PickResult } from '../balancer/index.ts';
import { STATUS_CODES, abortError, isAbortError, keepAlive, throwIfAborted, type Clock } from '../core/index.ts';
import { PickError, outgoingOf, type ChainOptions, type OutgoingCall } from '../middleware/client/index.ts';

/** What the bottom of a chain needs to know of its method. */
export interface TerminalOptions {
  readonly definition: TsProtoServiceDefinition;
  /** As the definition spells it: "getUser". */
  readonly name: string;
  readonly balancer: Balancer;
  readonly clock: Clock;
}

type Terminal<Yielded, Returned> = (
  request: unknown,
  options: CallOptions & Partial<ChainOptions>,
) => AsyncGenerator<Yielded, Returned, undefined>;

/** The bottom of the chain where one message answers: picks a subchannel and calls nice-grpc's method there. */
export function createSingleResponseTerminal(terminal: TerminalOptions): Terminal<never, unknown> {
  return async function* pickAndCall(request, options) {
    const { end, call } = await begin(terminal, options);
    try {
      const response = await call(request);
      end(STATUS_CODES.OK);
      return response;
    } catch (error) {
      end(codeOf(error));
      throw error;
    }
  };
}

/** The bottom of the chain where a stream answers. A stream its reader leaves early counts as OK. */
export function createStreamResponseTerminal(terminal: TerminalOptions): Terminal<unknown, void> {
  return async function* pickAndCall(request, options) {
    const { end, call } = await begin(terminal, options);
    let code: number = STATUS_CODES.OK;
    try {
      yield* call(request) as AsyncIterable<unknown>; // the definition says that this method streams
    } catch (error) {
      code = codeOf(error);
      throw error;
    } finally {
      end(code);
    }
  };
}

async function begin(
  { definition, name, balancer, clock }: TerminalOptions,
  options: CallOptions & Partial<ChainOptions>,
) {
  const outgoing = outgoingOf(options);
  const { metadata, signal, onHeader, onTrailer } = options;
  const shape = definition.methods[name];
  const info: PickInfo = {
    method: outgoing.method,
    avoid: outgoing.subchannel,
    header: (name) => firstText(metadata, name),
    isStream: shape !== undefined && (shape.requestStream || shape.responseStream),
  };
  const { subchannel, onStart, onEnd } =
    pickNow(balancer, outgoing, info) ?? (await pickLater(balancer, outgoing, info));
  const method = subchannel.methods(definition)[name];
  if (method === undefined) throw new Error(`${definition.fullName} has no method ${name}`);
  const startedAtMs = clock.monotonicMs();
  outgoing.subchannel = subchannel;
  subchannel.begin(outgoing);
  onStart?.(startedAtMs);
  return {
    call: (request: unknown) =>
      method(request, {
        ...(metadata && { metadata }),
        ...(signal && { signal }),
        ...(onHeader && { onHeader }),
        ...(onTrailer && { onTrailer }),
      }),
    end(code: number) {
      subchannel.end(outgoing);
      const endedAtMs = clock.monotonicMs();
      onEnd?.(code, endedAtMs - startedAtMs, endedAtMs);
    },
  };
}

function firstText(metadata: CallOptions['metadata'], name: string): string | undefined {
  const value = metadata?.get(name);
  return typeof value === 'string' ? value : undefined;
}

type Picked = Extract<PickResult, { kind: 'picked' }>;

/** Undefined: nobody is ready yet. */
function pickNow(balancer: Balancer, outgoing: OutgoingCall, info: PickInfo): Picked | undefined {
  throwIfAborted(outgoing.signal);
  const result = balancer.picker.pick(info);
  switch (result.kind) {
    case 'picked':
      return result;
    case 'fail':
      throw new PickError(outgoing.method, result.error);
    case 'queue':
      return undefined;
  }
}

async function pickLater(balancer: Balancer, outgoing: OutgoingCall, info: PickInfo): Promise<Picked> {
  for (;;) {
    await nextPicker(balancer, outgoing.signal);
    const picked = pickNow(balancer, outgoing, info);
    if (picked !== undefined) return picked;
  }
}

/** grpc-js holds the event loop for calls, not while it connects; a call that waits here is none of its calls yet. */
function nextPicker(balancer: Balancer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const release = keepAlive();
    const settle = (done: () => void) => {
      release();
      stop();
      signal.removeEventListener('abort', onAbort);
      done();
    };
    const onAbort = () => settle(() => reject(abortError(signal)));
    const stop = balancer.events.on('picker', () => settle(resolve));
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

function codeOf(error: unknown): number {
  if (error instanceof ClientError) return error.code;
  return isAbortError(error) ? STATUS_CODES.CANCELLED : STATUS_CODES.UNKNOWN;
}

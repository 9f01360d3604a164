import { ClientError, type CallOptions, type TsProtoServiceDefinition } from 'nice-grpc';

import type { Balancer } from '../balancer/index.ts';
import { AppError, STATUS_CODES, isAbortError, throwIfAborted, type Clock } from '../core/index.ts';
import { outgoingOf, type ChainOptions } from '../middleware/client/index.ts';
import { nextPick } from './picking.ts';

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
      end(codeOf(error, options.signal));
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
      code = codeOf(error, options.signal);
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
  throwIfAborted(outgoing.signal);
  const info = {
    method: outgoing.method,
    signal: outgoing.signal,
    avoid: outgoing.subchannel,
    header: (name: string) => firstText(metadata, name),
    isStream: true,
    affinity: options.affinity ?? outgoing.incoming?.peer,
  };
  const first = balancer.picker.pick(info);
  const pick = first.kind === 'queue' ? await nextPick(balancer, info) : first;
  if (pick.kind === 'fail') throw pick.error;
  const { subchannel, onStart, onEnd } = pick;
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

function codeOf(error: unknown, signal: AbortSignal | undefined): number {
  if (error instanceof ClientError) return error.code;
  if (!isAbortError(error)) return STATUS_CODES.UNKNOWN;
  const reason: unknown = signal?.reason; // a passed deadline is the endpoint's failure, a cancellation is not
  return reason instanceof AppError ? reason.code : STATUS_CODES.CANCELLED;
}

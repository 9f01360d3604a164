import { Metadata } from 'nice-grpc-common';

import { AppError, HEADERS, parsePriority, raceAbort, type CallContext, type Priority } from '../../core/index.ts';
import { assertSendable } from '../../transport/index.ts';
import type { TokenSource } from './outgoing-call.ts';

/** What a caller wrote into a call's metadata, taken apart: what CallHeaders has a field for, and the rest. */
export interface OwnHeaders {
  readonly callId: string | undefined;
  readonly authorization: string | undefined;
  readonly isRetry: boolean;
  readonly priority: Priority | undefined;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly metadata: Metadata | undefined;
}

/** Of what a caller puts beside a call. Peers take a header block of 64 KiB, our own headers among it. */
const MAX_METADATA_BYTES = 48 * 1024;

/**
 * A copy of a caller's metadata: its own may serve other calls. INTERNAL, as grpc-js says of requests that cannot be sent,
 * for what HTTP/2 does not carry or no peer takes: that would end the connection, or be tried for ever.
 */
export function copyOf(metadata: Metadata | undefined): Metadata {
  const copy = Metadata(metadata);
  try {
    assertSendable(copy, MAX_METADATA_BYTES);
  } catch (cause) {
    throw new AppError({
      status: 'INTERNAL',
      reason: 'METADATA_UNSENDABLE',
      domain: 'tradewind',
      message: `the call cannot be sent: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    });
  }
  return copy;
}

/** Leaves the metadata as it is. Throws as `copyOf` does. */
export function takeApart(metadata: Metadata): OwnHeaders {
  const rest = copyOf(metadata);
  const take = (name: string): string | undefined => {
    const value = rest.get(name);
    rest.delete(name);
    return typeof value === 'string' ? value : undefined;
  };
  take(HEADERS.timeout); // the chassis alone says it, from the call's deadline
  return {
    callId: take(HEADERS.callId),
    authorization: take(HEADERS.authorization),
    isRetry: take(HEADERS.retry) === '1',
    priority: parsePriority(take(HEADERS.priority)),
    traceparent: take(HEADERS.traceparent),
    tracestate: take(HEADERS.tracestate),
    metadata: [...rest].length === 0 ? undefined : rest,
  };
}

/** A call's own metadata with the baggage of the call being served, unless it has some of its own. `metadata` is changed. */
export function withBaggage(metadata: Metadata | undefined, incoming: CallContext | undefined): Metadata | undefined {
  const baggage = incoming?.baggage;
  if (baggage === undefined || metadata?.has(HEADERS.baggage) === true) return metadata;
  return (metadata ?? Metadata()).set(HEADERS.baggage, baggage);
}

/** The value of `authorization` for a token. UNAUTHENTICATED when its function throws or the call ends before it has one. */
export async function bearer(token: TokenSource, call: { readonly signal: AbortSignal }): Promise<string> {
  if (typeof token === 'string') return `Bearer ${token}`;
  try {
    return `Bearer ${await raceAbort(Promise.resolve(token()), call.signal)}`;
  } catch (cause) {
    throw new AppError({
      status: 'UNAUTHENTICATED',
      reason: 'TOKEN_UNAVAILABLE',
      domain: 'tradewind',
      message: 'there is no token to send with the call',
      cause,
    });
  }
}

import { Metadata } from 'nice-grpc-common';

import { AppError, HEADERS, raceAbort } from '../../core/index.ts';
import type { TokenSource } from './outgoing-call.ts';

/** What a caller wrote into a call's metadata, taken apart: what CallHeaders has a field for, and the rest. */
export interface OwnHeaders {
  readonly callId: string | undefined;
  readonly authorization: string | undefined;
  readonly isRetry: boolean;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly metadata: Metadata | undefined;
}

/** Leaves the metadata as it is: it may serve other calls. */
export function takeApart(metadata: Metadata): OwnHeaders {
  const rest = Metadata(metadata);
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
    traceparent: take(HEADERS.traceparent),
    tracestate: take(HEADERS.tracestate),
    metadata: [...rest].length === 0 ? undefined : rest,
  };
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

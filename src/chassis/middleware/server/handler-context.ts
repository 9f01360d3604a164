import { Metadata, type CallContext } from 'nice-grpc-common';

import { HEADERS } from '../../core/index.ts';
import { assertSendable, type CallHeaders } from '../../transport/index.ts';
import type { ServerCall } from './server-call.ts';

/** Of a header, and of a trailer, that a handler sets; peers take 64 KiB, with what the server adds. */
const MAX_METADATA_BYTES = 16 * 1024;

/**
 * What a handler gets as its second argument, nice-grpc's CallContext: each part is made when the handler asks for it. Read
 * it, do not spread it. `sendHeader` sends a stream's header at once; a unary call's goes out with its answer.
 */
export class HandlerContext implements CallContext {
  private readonly call: ServerCall;
  private readonly onSendHeader: ((header: Metadata) => void) | undefined;
  private ownMetadata: Metadata | undefined = undefined;
  private ownHeader: Metadata | undefined = undefined;
  private ownTrailer: Metadata | undefined = undefined;
  private isHeaderSent = false;

  constructor(call: ServerCall, onSendHeader?: (header: Metadata) => void) {
    this.call = call;
    this.onSendHeader = onSendHeader;
  }

  get metadata(): Metadata {
    return (this.ownMetadata ??= toMetadata(this.call.incoming.headers));
  }

  get peer(): string {
    return this.call.incoming.peer;
  }

  get header(): Metadata {
    return (this.ownHeader ??= Metadata());
  }

  get trailer(): Metadata {
    return (this.ownTrailer ??= Metadata());
  }

  get signal(): AbortSignal {
    return this.call.signal;
  }

  /** Throws for one that cannot be sent. */
  sendHeader(): void {
    if (this.onSendHeader === undefined || this.isHeaderSent) return;
    if (this.ownHeader !== undefined) assertSendable(this.ownHeader, MAX_METADATA_BYTES);
    this.isHeaderSent = true;
    this.onSendHeader(this.header);
  }

  /** What the handler has set; undefined: it did not ask for it. Throws for what cannot be sent. */
  get answered(): { readonly header: Metadata | undefined; readonly trailer: Metadata | undefined } {
    if (this.ownHeader !== undefined) assertSendable(this.ownHeader, MAX_METADATA_BYTES);
    if (this.ownTrailer !== undefined) assertSendable(this.ownTrailer, MAX_METADATA_BYTES);
    return { header: this.ownHeader, trailer: this.ownTrailer };
  }

  /** What the handler has set of the trailer, for a call that failed already: left out when it cannot be sent. */
  get trailerOfFailure(): Metadata | undefined {
    try {
      if (this.ownTrailer !== undefined) assertSendable(this.ownTrailer, MAX_METADATA_BYTES);
      return this.ownTrailer;
    } catch {
      return undefined; // the call has an error already, and that one is told
    }
  }
}

/** All that the caller sent, back in one. */
function toMetadata(headers: CallHeaders): Metadata {
  const { callId, isRetry, priority, authorization, traceparent, tracestate } = headers;
  const metadata = Metadata(headers.metadata);
  if (callId !== '') metadata.set(HEADERS.callId, callId);
  if (isRetry) metadata.set(HEADERS.retry, '1');
  if (priority !== undefined) metadata.set(HEADERS.priority, priority);
  if (authorization !== undefined) metadata.set(HEADERS.authorization, authorization);
  if (traceparent !== undefined) metadata.set(HEADERS.traceparent, traceparent);
  if (tracestate !== undefined) metadata.set(HEADERS.tracestate, tracestate);
  return metadata;
}

import type { Metadata as GrpcMetadata } from '@grpc/grpc-js';
import type { Metadata } from 'nice-grpc-common';

import { HEADERS, parsePriority, type Priority } from '../core/index.ts';
import type { CallHeaders } from '../transport/index.ts';
import { fromGrpcMetadata } from './metadata.ts';

/** The headers of a plain gRPC call. A class, because every call has one; most handlers never ask for the metadata. */
export class PlainHeaders implements CallHeaders {
  readonly callId: string;
  /** The deadline is the call's, as an instant. */
  readonly timeoutMs = undefined;
  readonly isRetry: boolean;
  readonly priority: Priority | undefined;
  readonly authorization: string | undefined;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  private readonly received: GrpcMetadata;

  constructor(received: GrpcMetadata) {
    this.received = received;
    this.callId = textOf(received, HEADERS.callId) ?? '';
    this.isRetry = textOf(received, HEADERS.retry) === '1';
    this.priority = parsePriority(textOf(received, HEADERS.priority));
    this.authorization = textOf(received, HEADERS.authorization);
    this.traceparent = textOf(received, HEADERS.traceparent);
    this.tracestate = textOf(received, HEADERS.tracestate);
  }

  text(name: string): string | undefined {
    return textOf(this.received, name);
  }

  get metadata(): Metadata {
    return fromGrpcMetadata(this.received);
  }
}

/** The value of a header that is no binary one; of several values, all of them, as HTTP joins them. */
export function textOf(metadata: GrpcMetadata, name: string): string | undefined {
  const values = metadata.get(name);
  return values.length < 2 ? values[0]?.toString() : values.join(', ');
}

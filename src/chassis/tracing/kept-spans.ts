import type { Attributes, SpanKind, SpanStatus } from '@opentelemetry/api';

/** A span made when what it is about is over: of a call that was not recorded and turned out to be worth it. */
export interface KeptSpan {
  readonly name: string;
  readonly kind: SpanKind;
  /** The ids that the call passed on. */
  readonly traceparent: string;
  /** Whether these ids were made up for this very call; else they are what it was called with, and the span hangs below them. */
  readonly isRoot: boolean;
  readonly durationMs: number;
  readonly attributes: Attributes;
  readonly status: SpanStatus;
}

/** Takes spans of traces that are not recorded: the tail rule's way out. */
export interface KeptSpans {
  /** Sends a span whose work ends now. */
  keep(span: KeptSpan): void;
}

import type { Attributes, SpanKind, SpanStatus } from '@opentelemetry/api';

/** A span made when what it is about is over: of a call that was not recorded and turned out to be worth it. */
export interface KeptSpan {
  readonly name: string;
  readonly kind: SpanKind;
  /** The ids that the call passed on. */
  readonly traceparent: string;
  /** Whether these ids are this very call's; else they are what it was called with, and its span hangs below them. */
  readonly isOwn: boolean;
  /** Where the ids are its own: the span it hangs below; undefined: it is a root. */
  readonly parentId?: string | undefined;
  readonly durationMs: number;
  readonly attributes: Attributes;
  readonly status: SpanStatus;
}

/** Takes spans of traces that are not recorded: the tail rule's way out. */
export interface KeptSpans {
  /** Sends a span whose work ends now. */
  keep(span: KeptSpan): void;
}

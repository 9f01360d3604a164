/** A span as a collector got it: ids in hex, times in milliseconds since the epoch. */
export interface CollectedSpan {
  /** "service.name" of the process it is from. */
  readonly process: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined: a root. */
  readonly parentId: string | undefined;
  readonly name: string;
  readonly kind: 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER' | 'UNSPECIFIED';
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly links: readonly { readonly traceId: string; readonly spanId: string; readonly attributes: Attributes }[];
  readonly status: 'UNSET' | 'OK' | 'ERROR';
}

/** By name; whole numbers as numbers. */
export type Attributes = Readonly<Record<string, unknown>>;

/** ExportTraceServiceRequest as proto-loader gives it. */
export interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] } | null;
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
}

interface KeyValue {
  readonly key: string;
  readonly value: AnyValue | null;
}

type AnyValue = Readonly<Record<string, unknown>>;

interface RawSpan {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId: Buffer;
  readonly name: string;
  readonly kind: CollectedSpan['kind'];
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly links: readonly {
    readonly traceId: Buffer;
    readonly spanId: Buffer;
    readonly attributes: readonly KeyValue[];
  }[];
  readonly status: { readonly code: CollectedSpan['status'] } | null;
}

/** Every span of a request. */
export function toSpans({ resourceSpans }: ExportRequest): readonly CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const process = String(toAttributes(resource?.attributes ?? [])['service.name']);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => toSpan(process, span)));
  });
}

function toSpan(process: string, span: RawSpan): CollectedSpan {
  const parent = span.parentSpanId.toString('hex');
  return {
    process,
    traceId: span.traceId.toString('hex'),
    spanId: span.spanId.toString('hex'),
    parentId: parent === '' ? undefined : parent,
    name: span.name,
    kind: span.kind,
    startMs: Number(BigInt(span.startTimeUnixNano) / 1_000n) / 1_000,
    endMs: Number(BigInt(span.endTimeUnixNano) / 1_000n) / 1_000,
    attributes: toAttributes(span.attributes),
    links: span.links.map(({ traceId, spanId, attributes }) => ({
      traceId: traceId.toString('hex'),
      spanId: spanId.toString('hex'),
      attributes: toAttributes(attributes),
    })),
    status: span.status?.code ?? 'UNSET',
  };
}

function toAttributes(pairs: readonly KeyValue[]): Attributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, toValue(value)]));
}

function toValue(value: AnyValue | null): unknown {
  const [kind, held] = Object.entries(value ?? {}).find(([name]) => name !== 'value') ?? [];
  return kind === 'intValue' ? Number(held) : held;
}

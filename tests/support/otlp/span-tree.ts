import type { CollectedSpan } from './collected-span.ts';

/** One trace, put together. */
export interface SpanTree {
  readonly spans: readonly CollectedSpan[];
  readonly roots: readonly CollectedSpan[];
  /** Spans whose parent is not there. */
  readonly orphans: readonly CollectedSpan[];
  /** The only span of this process and name; throws when there is none or more. */
  one(process: string, name: string): CollectedSpan;
  /** Which names stand below which: several of one name below another count as one, with all that is below them. */
  shape(): Shape;
}

/** Names of spans, each with those below it. */
export interface Shape {
  readonly [name: string]: Shape;
}

/** Puts the spans of one trace together. */
export function spanTree(all: readonly CollectedSpan[], traceId: string): SpanTree {
  const spans = all.filter((span) => span.traceId === traceId);
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const childrenOf = (id: string | undefined) =>
    spans.filter(({ parentId }) => parentId === id).toSorted((one, other) => one.startMs - other.startMs);
  const roots = childrenOf(undefined);
  const orphans = spans.filter(({ parentId }) => parentId !== undefined && !byId.has(parentId));

  const shapeOf = (some: readonly CollectedSpan[]): Shape =>
    Object.fromEntries(
      [...Map.groupBy(some, ({ name }) => name)].map(([name, alike]) => [
        name,
        shapeOf(alike.flatMap(({ spanId }) => childrenOf(spanId))),
      ]),
    );

  return {
    spans,
    roots,
    orphans,
    one(process, name) {
      const found = spans.filter((span) => span.process === process && span.name === name);
      if (found.length === 1) return found[0]!; // just counted
      throw new Error(`${found.length} spans of ${process} are called ${name}`);
    },
    shape: () => shapeOf(roots),
  };
}

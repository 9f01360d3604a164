import type { CollectedSpan } from './collected-span.ts';

/** One trace, put together. */
export interface SpanTree {
  readonly spans: readonly CollectedSpan[];
  readonly roots: readonly CollectedSpan[];
  /** Spans whose parent is not there. */
  readonly orphans: readonly CollectedSpan[];
  /** The only span of this process and name; throws when there is none or more. */
  one(process: string, name: string): CollectedSpan;
  /** The names of the spans above one, outermost first, as "process: name". */
  pathOf(span: CollectedSpan): readonly string[];
  /** "process: name" of what is right below it, sorted, each once. */
  below(span: CollectedSpan): readonly string[];
  /** The tree as text, for a failing test. */
  print(): string;
}

const label = ({ process, name }: CollectedSpan) => `${process}: ${name}`;

/** Puts the spans of one trace together. */
export function spanTree(all: readonly CollectedSpan[], traceId: string): SpanTree {
  const spans = all.filter((span) => span.traceId === traceId);
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const childrenOf = (id: string | undefined) =>
    spans.filter(({ parentId }) => parentId === id).toSorted((one, other) => one.startMs - other.startMs);
  const roots = childrenOf(undefined);
  const orphans = spans.filter(({ parentId }) => parentId !== undefined && !byId.has(parentId));

  const draw = (span: CollectedSpan, depth: number): string =>
    [
      `${'  '.repeat(depth)}${label(span)} [${span.kind}]`,
      ...childrenOf(span.spanId).map((child) => draw(child, depth + 1)),
    ].join('\n');

  return {
    spans,
    roots,
    orphans,
    one(process, name) {
      const found = spans.filter((span) => span.process === process && span.name === name);
      if (found.length === 1) return found[0]!; // just counted
      throw new Error(`${found.length} spans of ${process} are called ${name}`);
    },
    pathOf(span) {
      const path: string[] = [];
      let above = span.parentId === undefined ? undefined : byId.get(span.parentId);
      for (; above !== undefined; above = above.parentId === undefined ? undefined : byId.get(above.parentId)) {
        path.unshift(label(above));
      }
      return path;
    },
    below: (span) => [...new Set(childrenOf(span.spanId).map(label))].sort(),
    print: () => [...roots, ...orphans].map((span) => draw(span, 0)).join('\n'),
  };
}

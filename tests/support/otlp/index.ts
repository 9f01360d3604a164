export { type CollectedSpan } from './collected-span.ts';
export { startCollector, type Collector } from './collector.ts';
export { spanTree, type Shape, type SpanTree } from './span-tree.ts';

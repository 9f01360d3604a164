// The running code of docs/in-process.md. tests/unit/chassis/in-process/guide.test.ts runs it, and checks that the page quotes it.
import type { EventHandler, HandlerContext } from '../../src/chassis/events/index.ts';
import { createEventBus, createTaskQueue, type DeadLetter } from '../../src/chassis/in-process/index.ts';

/** Something slow outside that draws pictures small. */
export interface Thumbnails {
  draw(picture: string, options: { readonly signal: AbortSignal }): Promise<void>;
}

// region queue
/** Pictures are drawn small, four at a time, those of one product in their order, each product's once while it waits. */
export function createPictureWork(thumbnails: Thumbnails) {
  const queue = createTaskQueue({
    name: 'thumbnails',
    maxConcurrent: 4,
    maxQueued: 500,
    whenFull: 'wait',
    attemptTimeoutMs: 10_000,
    rate: { ratePerSecond: 50, burst: 10 },
    retry: { maxAttempts: 3, baseMs: 100, maxMs: 5_000 },
  });
  return {
    queue,
    /** Resolves when the work is accepted; what fails in the end is a dead letter. */
    drawLater: (product: string, picture: string) =>
      queue.post(({ signal }) => thumbnails.draw(picture, { signal }), { key: product, once: picture }),
    /** Resolves when it is done: somebody looks at it, so it goes before what nobody waits for. */
    drawNow: (product: string, picture: string, signal?: AbortSignal) =>
      queue.submit((context) => thumbnails.draw(picture, context), { key: product, priority: 'critical', signal }),
  };
}
// endregion

// region bus
/** What this process tells its own parts. */
export interface CatalogueEvents {
  'price.changed': { readonly cents: number };
  'product.removed': { readonly reason: string };
}

/** A bus with two listeners: neither waits for the other, and each gets the events of one product in their order. */
export function createCatalogueBus(options: {
  readonly index: EventHandler<CatalogueEvents['price.changed'], HandlerContext>;
  readonly forget: EventHandler<CatalogueEvents['product.removed'], HandlerContext>;
  readonly onDeadLetter: (letter: DeadLetter) => void;
}) {
  const { index, forget, onDeadLetter } = options;
  const bus = createEventBus<CatalogueEvents>({ source: 'catalogue' });
  bus.subscribe({ name: 'search index', handlers: { 'price.changed': index }, maxQueued: 10_000, onDeadLetter });
  bus.subscribe({ name: 'page cache', handlers: { 'product.removed': forget }, whenFull: 'wait' });
  return bus;
}

/** Resolves when every listener has taken it, not when they are done with it. */
export function tellPrice(bus: ReturnType<typeof createCatalogueBus>, productId: string, cents: number) {
  return bus.publish({ type: 'price.changed', aggregateType: 'product', aggregateId: productId, data: { cents } });
}
// endregion

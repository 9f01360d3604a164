import type { InventoryServiceImplementation } from '../../../gen/tradewind/product/v1/inventory.ts';
import { currentCall } from '../../chassis/core/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import { changeMessage, snapshotMessage } from './convert.ts';
import { parseProductId, type Stock } from './domain.ts';
import type { StockBell } from './stock-bell.ts';
import type { StockFeed } from './stock-feed.ts';

/** The stream of InventoryService. Only what the caller takes is read: the stream pulls. */
export function createWatchStock(options: {
  readonly feed: StockFeed;
  readonly bell: StockBell;
}): Pick<InventoryServiceImplementation, 'watchStock'> {
  const { feed, bell } = options;
  return {
    async *watchStock(request, context) {
      assertAdmin(currentCall()?.principal);
      const signal = currentCall()?.signal ?? context.signal;
      const wanted = request.productIds.map(parseProductId);
      const shown = new Set<string>(wanted);
      let position = request.afterPosition;
      if (position === 0n) {
        position = await feed.settled(signal);
        for await (const { item, last } of markLast(feed.stockAt(position, wanted))) {
          yield snapshotMessage(item, last ? position : 0n);
        }
      }
      for (;;) {
        const changes = await feed.read(position, signal);
        for (const change of changes) {
          if (shown.size === 0 || shown.has(change.stock.productId)) yield changeMessage(change);
        }
        position = changes.at(-1)?.position ?? position;
        if (changes.length === 0) await bell.after(position, signal);
      }
    },
  };
}

/** Says of each item whether it is the last. */
async function* markLast(items: AsyncIterable<Stock>): AsyncIterable<{ readonly item: Stock; readonly last: boolean }> {
  let held: Stock | undefined;
  for await (const item of items) {
    if (held !== undefined) yield { item: held, last: false };
    held = item;
  }
  if (held !== undefined) yield { item: held, last: true };
}

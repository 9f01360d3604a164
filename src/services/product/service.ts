import { InventoryServiceDefinition } from '../../../gen/tradewind/product/v1/inventory.ts';
import { ProductServiceDefinition } from '../../../gen/tradewind/product/v1/product.ts';
import { integer, milliseconds } from '../../chassis/config/index.ts';
import { logSteps, PARTS_MIGRATIONS, playPart } from '../../chassis/choreography/index.ts';
import { loadContract } from '../../chassis/contract/index.ts';
import { EVENTS_MIGRATIONS } from '../../chassis/events/index.ts';
import { defineService } from '../../chassis/lifecycle/index.ts';
import { bind } from '../../chassis/server/index.ts';
import { createValidator } from '../../chassis/validation/index.ts';
import { createBrowseHandlers } from './browse-handlers.ts';
import { createCatalogueRepository } from './catalogue-repository.ts';
import { countCoPurchases } from './consumers/count-co-purchases.ts';
import { createImportProducts } from './import-products.ts';
import { stockPart } from './checkout-part.ts';
import { createInventoryHandlers } from './inventory-handlers.ts';
import { createProductHandlers } from './product-handlers.ts';
import { createProductImport } from './product-import.ts';
import { createProductRepository } from './product-repository.ts';
import { createRecommendationHandlers } from './recommendation-handlers.ts';
import { createRecommendationRepository } from './recommendation-repository.ts';
import { createStockBell } from './stock-bell.ts';
import { createStockFeed } from './stock-feed.ts';
import { sweepReservations, trimHistory } from './upkeep.ts';
import { createWatchStock } from './watch-stock.ts';

/** The product process: the catalogue, its stock, and who holds it. */
export const productService = defineService({
  name: 'product',
  configuration: {
    RESERVATION_SWEEP_MS: milliseconds('Between two looks for reservations past their end.', {
      min: 10,
      max: 60_000,
    }).prefault('500'),
    STOCK_CHANGE_RETENTION_HOURS: integer('How long changes of stock are kept for watchers to resume from.', {
      min: 1,
      max: 8_760,
    }).prefault('168'),
    CHECKOUT_UNDO_ATTEMPTS: integer(
      'Tries at undoing what was done in a checkout that events carry on, before that waits for an operator.',
      { min: 1, max: 10_000 },
    ).prefault('60'),
  },
  migrations: [EVENTS_MIGRATIONS, PARTS_MIGRATIONS, new URL('./migrations/', import.meta.url)],
  neighbours: { order: 'optional', payment: 'optional' },
  async wire({ config, database, clock, random, newId, pageTokens, logger }) {
    const products = createProductRepository(database);
    const catalogue = createCatalogueRepository(database);
    const recommendations = createRecommendationRepository(database);
    const store = createProductImport({ database, products, newId });
    const bell = createStockBell({ database, clock });
    const feed = createStockFeed({ database, clock });
    const part = stockPart({ database, bell, clock, newId }, { undoAttempts: config.CHECKOUT_UNDO_ATTEMPTS });
    const playing = playPart(part, { database, clock, random, newId });
    logSteps(playing.events, logger);
    const upkeep = {
      ...{ database, clock, bell },
      sweepMs: config.RESERVATION_SWEEP_MS,
      retentionHours: config.STOCK_CHANGE_RETENTION_HOURS,
    };

    return {
      grpc: [
        bind(ProductServiceDefinition, {
          ...createProductHandlers({ database, products, bell, newId }),
          ...createBrowseHandlers({ catalogue, pageTokens }),
          ...createRecommendationHandlers({ products, recommendations, pageTokens }),
          ...createImportProducts({ store, validate: await rulesOfCreateProduct(), bell, clock }),
        }),
        bind(InventoryServiceDefinition, {
          ...createInventoryHandlers({ database, bell, clock, newId }),
          ...createWatchStock({ feed, bell }),
        }),
      ],
      background: [
        { name: 'stock-bell', run: (signal) => bell.run(signal) },
        sweepReservations(upkeep),
        trimHistory(upkeep),
        playing.background,
      ],
      consumers: [countCoPurchases(), ...playing.consumers],
      parts: [playing.name],
      events: { parts: playing.events },
      backlogs: playing.backlogs,
    };
  },
});

/** An import holds its rows to the rules that the contract gives for one product. */
async function rulesOfCreateProduct() {
  const contract = await loadContract();
  const method = contract.method('/tradewind.product.v1.ProductService/CreateProduct');
  if (method === undefined) throw new Error('the contract has no CreateProduct');
  return createValidator().of(method.input);
}

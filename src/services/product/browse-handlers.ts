import type { ProductServiceImplementation } from '../../../gen/tradewind/product/v1/product.ts';
import { pageSize, toPage, type PageTokens } from '../../chassis/store/index.ts';
import { NEWEST, ORDERS, RELEVANCE, type CatalogueOrder } from './catalogue-orders.ts';
import type { CatalogueRepository } from './catalogue-repository.ts';
import { fromProductState, productMessage } from './convert.ts';
import { parsePriceRange, searchQuery, type SearchQuery } from './domain.ts';

/** What the handlers of many products work with. */
export interface BrowseHandlerDependencies {
  readonly catalogue: CatalogueRepository;
  readonly pageTokens: PageTokens;
}

/** The part of ProductService that pages through the catalogue. */
export type BrowseHandlers = Pick<ProductServiceImplementation, 'listProducts' | 'searchProducts' | 'listCategories'>;

/** Proto to domain and back. Each reads one row more than it shows, to know whether there is another page. */
export function createBrowseHandlers({ catalogue, pageTokens }: BrowseHandlerDependencies): BrowseHandlers {
  return {
    async listProducts(request) {
      const size = pageSize(request.pageSize);
      const { category, state } = request;
      const query = { method: 'ListProducts', category, state };
      const rows = await catalogue.list({
        category,
        state: fromProductState(state),
        after: pageTokens.decode(request.pageToken, query),
        limit: size + 1,
      });
      const page = toPage({ rows, size, tokens: pageTokens, request: query, cursor: NEWEST.cursor });
      return { products: page.rows.map(productMessage), nextPageToken: page.nextPageToken };
    },

    async searchProducts(request) {
      const size = pageSize(request.pageSize);
      const { pageToken, pageSize: _pageSize, ...filters } = request;
      const identity = { method: 'SearchProducts', ...filters };
      const query = searchQuery(request.query);
      const order = orderOf(request.orderBy, query);
      const rows = await catalogue.search({
        filter: {
          query,
          categories: request.categories,
          prices: parsePriceRange(request.priceMin, request.priceMax),
          inStock: request.inStock,
        },
        order,
        after: pageTokens.decode(pageToken, identity),
        limit: size + 1,
      });
      const page = toPage({ rows, size, tokens: pageTokens, request: identity, cursor: order.cursor });
      return { products: page.rows.map(productMessage), nextPageToken: page.nextPageToken };
    },

    async listCategories(request) {
      const size = pageSize(request.pageSize);
      const query = { method: 'ListCategories' };
      const after = pageTokens.decode(request.pageToken, query)?.[0] ?? '';
      const rows = await catalogue.categories(after, size + 1);
      const page = toPage({ rows, size, tokens: pageTokens, request: query, cursor: ({ name }) => [name] });
      return {
        categories: page.rows.map((row) => ({ name: row.name, productCount: row.product_count })),
        nextPageToken: page.nextPageToken,
      };
    },
  };
}

/** Relevance is what is asked for when nothing is, and means newest first when there is nothing to be relevant to. */
function orderOf(orderBy: string, query: SearchQuery | undefined): CatalogueOrder {
  return ORDERS[orderBy] ?? (query === undefined ? NEWEST : RELEVANCE);
}

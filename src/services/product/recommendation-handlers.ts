import type { ProductServiceImplementation } from '../../../gen/tradewind/product/v1/product.ts';
import { pageSize, toPage, type PageTokens } from '../../chassis/store/index.ts';
import { productMessage } from './convert.ts';
import { parseProductId, productNotFound } from './domain.ts';
import type { ProductRepository } from './product-repository.ts';
import type { RecommendationRepository } from './recommendation-repository.ts';

/** What the handler works with. */
export interface RecommendationHandlerDependencies {
  readonly products: Pick<ProductRepository, 'get'>;
  readonly recommendations: RecommendationRepository;
  readonly pageTokens: PageTokens;
}

/** The limits of page_size: nobody looks at more beside a product. */
const PAGE_SIZE = { default: 10, max: 50 } as const;

/** The part of ProductService that says what was bought together. */
export function createRecommendationHandlers({
  products,
  recommendations,
  pageTokens,
}: RecommendationHandlerDependencies): Pick<ProductServiceImplementation, 'listRecommendations'> {
  return {
    async listRecommendations(request) {
      const productId = parseProductId(request.productId);
      const size = pageSize(request.pageSize, PAGE_SIZE);
      const query = { method: 'ListRecommendations', productId };
      const after = pageTokens.decode(request.pageToken, query);
      const [product] = await products.get([productId]);
      if (product === undefined) throw productNotFound(productId);
      const rows = await recommendations.list(productId, { after, limit: size + 1 });
      const cursor = ({ product: { id }, orders }: (typeof rows)[number]) => [String(orders), id];
      const page = toPage({ rows, size, tokens: pageTokens, request: query, cursor });
      return {
        recommendations: page.rows.map(({ product: other, orders }) => ({
          product: productMessage(other),
          orderCount: orders,
        })),
        nextPageToken: page.nextPageToken,
      };
    },
  };
}

import type { PageCursor, Statement } from '../../chassis/store/index.ts';
import { sortName, type Product } from './domain.ts';
import { statements } from './statements.ts';

/** A product of a search, with how well it matches where that is asked for. */
export interface FoundProduct extends Product {
  readonly rank: number;
}

/** One order of a search: its statement, and how a page continues in it. */
export interface CatalogueOrder {
  readonly statement: Statement;
  /** The key before every product: where the first page begins. */
  readonly start: PageCursor;
  /** The product's key in this order; ends with its id, so that no two are equal. */
  readonly cursor: (product: FoundProduct) => PageCursor;
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
/** After every name: a sort name has at most 200 code points, none higher. */
const LAST_NAME = '\u{10FFFF}'.repeat(201);
const LAST_INT8 = String(2n ** 63n - 1n);

const byTime = (product: Product): PageCursor => [product.createTime.toISOString(), product.id];
const byName = (product: Product): PageCursor => [sortName(product.name), product.id];
const byPrice = ({ price, id }: Product): PageCursor => [
  price.currencyCode,
  String(price.units),
  String(price.nanos),
  id,
];

/** Newest first; the order of ListProducts too. */
export const NEWEST = {
  statement: statements['search-newest'],
  start: ['infinity', LAST_ID],
  cursor: byTime,
} as const satisfies CatalogueOrder;

/** Best match first, then newest. */
export const RELEVANCE: CatalogueOrder = {
  statement: statements['search-relevance'],
  start: ['Infinity', 'infinity', LAST_ID],
  cursor: (product) => [String(product.rank), ...byTime(product)],
};

/** The orders by the contract's order_by; an end of the sort key stands where the first page begins, so that indexes serve every page. */
export const ORDERS: Readonly<Record<string, CatalogueOrder>> = {
  'create_time desc': NEWEST,
  create_time: { statement: statements['search-oldest'], start: ['-infinity', FIRST_ID], cursor: byTime },
  name: { statement: statements['search-name'], start: ['', FIRST_ID], cursor: byName },
  'name desc': { statement: statements['search-name-desc'], start: [LAST_NAME, LAST_ID], cursor: byName },
  price: { statement: statements['search-price'], start: ['', '0', '0', FIRST_ID], cursor: byPrice },
  'price desc': {
    statement: statements['search-price-desc'],
    start: ['~', LAST_INT8, '999999999', LAST_ID], // "~" is after every letter
    cursor: byPrice,
  },
};

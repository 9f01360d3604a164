import { invalidArgument } from '../core/index.ts';
import type { PageCursor, PageRequest, PageTokens } from './page-tokens.ts';

/** The limits of page_size when a service sets none. */
export const PAGE_SIZE_DEFAULTS = { default: 50, max: 200 } as const;

/**
 * How many rows a page holds: 0 means the default, more than the maximum means the maximum. Source: https://google.aip.dev/158
 *
 * @throws AppError INVALID_ARGUMENT for a negative one.
 */
export function pageSize(
  requested: number,
  limits: { readonly default: number; readonly max: number } = PAGE_SIZE_DEFAULTS,
): number {
  if (requested < 0) {
    throw invalidArgument([{ field: 'page_size', description: 'must not be negative', reason: 'int32.gte' }]);
  }
  return requested === 0 ? limits.default : Math.min(requested, limits.max);
}

/** One page of rows, and the token of the next; empty at the end. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly nextPageToken: string;
}

/**
 * Cuts a page out of the rows of a keyset statement that was given `LIMIT size + 1`: the one row too many tells that there is another page.
 * `cursor` is the key that the statement continues after, of a unique order.
 */
export function toPage<Row>(options: {
  readonly rows: readonly Row[];
  readonly size: number;
  readonly tokens: PageTokens;
  readonly request: PageRequest;
  readonly cursor: (row: Row) => PageCursor;
}): Page<Row> {
  const rows = options.rows.slice(0, options.size);
  const last = rows.at(-1);
  if (last === undefined || options.rows.length <= options.size) return { rows, nextPageToken: '' };
  return { rows, nextPageToken: options.tokens.encode(options.cursor(last), options.request) };
}

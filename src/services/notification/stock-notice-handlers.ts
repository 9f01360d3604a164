import type {
  NotificationServiceImplementation,
  StockNotice as StockNoticeMessage,
} from '../../../gen/tradewind/notification/v1/notification.ts';
import { currentCall } from '../../chassis/core/index.ts';
import { assertMayAct, ownerToList } from '../../chassis/security/index.ts';
import { pageSize, toPage } from '../../chassis/store/index.ts';
import type { NotificationDependencies } from './dependencies.ts';
import { parseProductId, parseUserId } from './domain.ts';
import { stockNotices, type StockNotice } from './stock-notice-repository.ts';

/** The part of NotificationService that is about wishes for stock. */
export type StockNoticeHandlers = Pick<
  NotificationServiceImplementation,
  'requestStockNotice' | 'listStockNotices' | 'cancelStockNotice'
>;

/** Proto to domain and back. */
export function createStockNoticeHandlers({
  database,
  pageTokens,
  clock,
}: Pick<NotificationDependencies, 'database' | 'pageTokens' | 'clock'>): StockNoticeHandlers {
  return {
    async requestStockNotice(request) {
      const userId = parseUserId(request.userId);
      const productId = parseProductId(request.productId);
      assertMayAct(currentCall()?.principal, userId);
      const made = await stockNotices.request(database, userId, productId);
      return { stockNotice: toMessage(made ?? { userId, productId, createTime: new Date(clock.now()) }) };
    },

    async listStockNotices(request) {
      const userId = ownerToList(currentCall()?.principal, request.userId);
      const query = { method: 'ListStockNotices', userId };
      const size = pageSize(request.pageSize);
      const after = pageTokens.decode(request.pageToken, query);
      const rows = await stockNotices.list(database, userId, { after, limit: size + 1 });
      const cursor = (row: StockNotice) => [row.createTime.toISOString(), row.userId, row.productId];
      const page = toPage({ rows, size, tokens: pageTokens, request: query, cursor });
      return { stockNotices: page.rows.map(toMessage), nextPageToken: page.nextPageToken };
    },

    async cancelStockNotice(request) {
      const userId = parseUserId(request.userId);
      assertMayAct(currentCall()?.principal, userId);
      await stockNotices.cancel(database, userId, parseProductId(request.productId));
      return {};
    },
  };
}

function toMessage(notice: StockNotice): StockNoticeMessage {
  return { ...notice };
}

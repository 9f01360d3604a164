import type { LoyaltyServiceImplementation } from '../../../gen/tradewind/loyalty/v1/loyalty.ts';
import { currentCall } from '../../chassis/core/index.ts';
import { assertMayAct, ownerToList } from '../../chassis/security/index.ts';
import { pageSize, toPage } from '../../chassis/store/index.ts';
import { awardPointsHandler } from './award-points.ts';
import { balanceMessage, emptyBalance, entryMessage, fromEntryKind, standingMessage } from './convert.ts';
import type { LoyaltyDependencies } from './dependencies.ts';
import { parseOrderId, parseUserId, QUALIFYING_MS, standingOf } from './domain.ts';
import { purchases } from './purchase-repository.ts';
import { ledger } from './repository.ts';
import { revokePointsHandler } from './revoke-points.ts';

/** LoyaltyService: proto to domain and back. */
export function createLoyaltyHandlers(dependencies: LoyaltyDependencies): LoyaltyServiceImplementation {
  const { database, pageTokens, clock } = dependencies;
  return {
    awardPoints: awardPointsHandler(dependencies),
    revokePoints: revokePointsHandler(dependencies),

    async getBalance(request) {
      const userId = parseUserId(request.userId);
      assertMayAct(currentCall()?.principal, userId);
      const [balance, points] = await Promise.all([
        ledger.getBalance(database, userId),
        purchases.sumSince(database, userId, new Date(clock.now() - QUALIFYING_MS)),
      ]);
      return {
        balance: balance === undefined ? emptyBalance(userId) : balanceMessage(balance),
        standing: standingMessage(standingOf(points)),
      };
    },

    async listEntries(request) {
      const userId = ownerToList(currentCall()?.principal, request.userId);
      const orderId = request.orderId === '' ? undefined : parseOrderId(request.orderId);
      const query = { method: 'ListEntries', userId, orderId, kind: request.kind };
      const size = pageSize(request.pageSize);
      const [after] = pageTokens.decode(request.pageToken, query) ?? [];
      const filter = { userId, orderId, kind: fromEntryKind(request.kind) };
      const rows = await ledger.list(database, filter, { after, limit: size + 1 });
      const cursor = ({ position }: { readonly position: bigint }) => [String(position)];
      const page = toPage({ rows, size, tokens: pageTokens, request: query, cursor });
      return { entries: page.rows.map(entryMessage), nextPageToken: page.nextPageToken };
    },
  };
}

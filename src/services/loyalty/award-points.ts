import { AwardPointsRequest, AwardPointsResponse } from '../../../gen/tradewind/loyalty/v1/loyalty.ts';
import { currentCall } from '../../chassis/core/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import { idempotently, refuseLateOriginal, type Queryable } from '../../chassis/store/index.ts';
import { balanceMessage, entryMessage } from './convert.ts';
import type { LoyaltyDependencies } from './dependencies.ts';
import { parseEntryId, parseOrderId, parseUserId, withAward } from './domain.ts';
import { AWARD, orderName, requestName } from './names.ts';
import { ledger } from './repository.ts';

/** AwardPoints: entry, balance and the record of the command in one transaction. */
export function awardPointsHandler({ database, clock, newId }: LoyaltyDependencies) {
  async function award(tx: Queryable, request: AwardPointsRequest): Promise<AwardPointsResponse> {
    const userId = parseUserId(request.userId);
    const orderId = request.orderId === '' ? undefined : parseOrderId(request.orderId);
    const names = [requestName(request.requestId), ...(orderId === undefined ? [] : [orderName(orderId)])];
    await refuseLateOriginal(tx, { kind: AWARD, names, reason: 'AWARD_REVOKED' });

    const now = new Date(clock.now());
    const balance = withAward(await ledger.openBalance(tx, userId, now), request.points, now);
    const entry = {
      id: parseEntryId(newId()),
      ...{ userId, orderId, kind: 'AWARD' as const, points: request.points, reason: request.reason },
      awardRequestId: request.requestId,
      awardEntryId: undefined,
      balanceAfter: balance.points,
      createTime: now,
    };
    await ledger.insert(tx, entry);
    await ledger.saveBalance(tx, balance);
    return { entry: entryMessage(entry), balance: balanceMessage(balance) };
  }

  return (request: AwardPointsRequest): Promise<AwardPointsResponse> => {
    assertAdmin(currentCall()?.principal);
    const command = {
      scope: '/tradewind.loyalty.v1.LoyaltyService/AwardPoints',
      key: request.requestId,
      request: AwardPointsRequest.encode({ ...request, requestId: '' }).finish(),
      codec: AwardPointsResponse,
    };
    return database.transaction((tx) => idempotently(tx, command, () => award(tx, request)));
  };
}

import { AwardPointsRequest, AwardPointsResponse } from '../../../gen/tradewind/loyalty/v1/loyalty.ts';
import { currentCall, describeCall } from '../../chassis/core/index.ts';
import { createParticipant } from '../../chassis/participant/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import type { Queryable } from '../../chassis/store/index.ts';
import { balanceMessage, entryMessage } from './convert.ts';
import type { LoyaltyDependencies } from './dependencies.ts';
import { parseEntryId, parseOrderId, parseUserId, withAward, type OrderId, type UserId } from './domain.ts';
import { entryMade } from './events.ts';
import { AWARD, orderName, requestName } from './names.ts';
import { ledger, type NewEntry } from './repository.ts';
import { statements } from './statements.ts';

/** Points for a user. */
interface AwardCommand {
  readonly requestId: string;
  readonly userId: UserId;
  readonly orderId: OrderId | undefined;
  readonly points: bigint;
  readonly reason: string;
}

/** What the statement for many awards says of each. */
interface AwardOutcome {
  readonly id: string;
  readonly create_time: string;
  readonly points: string;
  readonly lifetime_points: string;
}

/** AwardPoints: entry, balance, event and the record of the command in one commit. */
export function awardPointsHandler({ database, clock, newId }: LoyaltyDependencies) {
  const toEntry = (command: AwardCommand, made: Pick<NewEntry, 'id' | 'balanceAfter' | 'createTime'>): NewEntry => {
    const { requestId, userId, orderId, points, reason } = command;
    const kind = 'AWARD' as const;
    return { userId, orderId, kind, points, reason, awardRequestId: requestId, awardEntryId: undefined, ...made };
  };

  async function award(tx: Queryable, command: AwardCommand) {
    const now = new Date(clock.now());
    const balance = withAward(await ledger.openBalance(tx, command.userId, now), command.points, now);
    const entry = toEntry(command, { id: parseEntryId(newId()), balanceAfter: balance.points, createTime: now });
    await ledger.insert(tx, entry);
    await ledger.saveBalance(tx, balance);
    return {
      response: { entry: entryMessage(entry), balance: balanceMessage(balance) },
      events: [entryMade(entry, balance)],
    };
  }

  function awardedResponse(command: AwardCommand, outcome: AwardOutcome): AwardPointsResponse {
    const points = BigInt(outcome.points);
    const createTime = new Date(outcome.create_time);
    const entry = toEntry(command, { id: parseEntryId(outcome.id), balanceAfter: points, createTime });
    const lifetimePoints = BigInt(outcome.lifetime_points);
    return {
      entry: entryMessage(entry),
      balance: balanceMessage({ userId: command.userId, points, lifetimePoints, updateTime: createTime }),
    };
  }

  const carryOut = createParticipant<AwardPointsRequest, AwardCommand, AwardPointsResponse>(
    {
      method: '/tradewind.loyalty.v1.LoyaltyService/AwardPoints',
      request: AwardPointsRequest,
      response: AwardPointsResponse,
      parse: ({ requestId, userId, orderId, points, reason }) => ({
        userId: parseUserId(userId),
        orderId: orderId === '' ? undefined : parseOrderId(orderId),
        ...{ requestId, points, reason },
      }),
      original: {
        kind: AWARD,
        reason: 'AWARD_REVOKED',
        names: ({ requestId, orderId }) => [
          requestName(requestId),
          ...(orderId === undefined ? [] : [orderName(orderId)]),
        ],
      },
      handle: award,
      fast: {
        effect: statements['award-many'],
        body: ({ requestId, userId, orderId, points, reason }) => ({
          id: newId(),
          user_id: userId,
          points: String(points),
          reason,
          order_id: orderId,
          request_id: requestId,
          create_time: new Date(clock.now()),
        }),
        response: (command, outcome) => awardedResponse(command, outcome as AwardOutcome), // as the statement builds it
      },
    },
    { database, clock, newId },
  );

  return (request: AwardPointsRequest): Promise<AwardPointsResponse> => {
    assertAdmin(currentCall()?.principal);
    if (request.orderId !== '') describeCall({ orderId: request.orderId });
    return carryOut(request);
  };
}

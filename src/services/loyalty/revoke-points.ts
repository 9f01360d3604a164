import {
  RevokePointsRequest,
  RevokePointsResponse,
  type Entry as EntryMessage,
} from '../../../gen/tradewind/loyalty/v1/loyalty.ts';
import { currentCall, describeCall } from '../../chassis/core/index.ts';
import type { NewEvent } from '../../chassis/events/index.ts';
import { createParticipant, type Effect } from '../../chassis/participant/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import { undoOrTombstone, type Queryable } from '../../chassis/store/index.ts';
import { balanceMessage, entryMessage } from './convert.ts';
import type { LoyaltyDependencies } from './dependencies.ts';
import {
  entryNotFound,
  notAnAward,
  parseEntryId,
  parseOrderId,
  planRevocation,
  withRevocation,
  type Balance,
  type Taking,
  type UserId,
} from './domain.ts';
import { entryMade } from './events.ts';
import { AWARD, orderName, requestName } from './names.ts';
import { ledger, type FoundAward } from './repository.ts';

type Target = NonNullable<RevokePointsRequest['target']>;

/** RevokePoints: entries, balances, tombstone, events and the record of the command in one commit. */
export function revokePointsHandler({ database, clock, newId }: LoyaltyDependencies) {
  async function take(
    tx: Queryable,
    found: readonly FoundAward[],
    request: RevokePointsRequest,
  ): Promise<Effect<RevokePointsResponse>> {
    const balances = await ledger.lockBalances(tx, [...new Set(found.map(({ userId }) => userId))]);
    const ids = found.map(({ id }) => id);
    const awards = await ledger.readAwards(tx, ids);
    const takings = planRevocation(awards, request.points === 0n ? undefined : request.points);
    const entries: EntryMessage[] = [];
    const events: NewEvent[] = [];
    for (const taking of takings) {
      const { entry, balance } = await revoke(tx, balances, taking, request.reason);
      entries.push(entryMessage(entry));
      events.push(entryMade(entry, balance));
    }
    for (const balance of balances.values()) await ledger.saveBalance(tx, balance);
    const newest = awards[0] && balances.get(awards[0].userId);
    return { response: { entries, balance: newest && balanceMessage(newest) }, events };
  }

  /** Makes the entry and takes its points off the balance in the map. */
  async function revoke(tx: Queryable, balances: Map<UserId, Balance>, taking: Taking, reason: string) {
    const { award, points } = taking;
    const before = balances.get(award.userId);
    if (before === undefined) throw new Error(`the award ${award.id} has no balance`);
    const now = new Date(clock.now());
    const balance = withRevocation(before, points, now);
    balances.set(award.userId, balance);
    const entry = {
      id: parseEntryId(newId()),
      ...{ userId: award.userId, orderId: award.orderId, kind: 'REVOCATION' as const, points: -points, reason },
      awardRequestId: undefined,
      awardEntryId: award.id,
      balanceAfter: balance.points,
      createTime: now,
    };
    await ledger.insert(tx, entry);
    return { entry, balance };
  }

  async function revokePoints(tx: Queryable, request: RevokePointsRequest): Promise<Effect<RevokePointsResponse>> {
    const { target } = request;
    if (target === undefined) throw new Error('the contract requires a target');
    if (target.$case === 'entryId') return take(tx, [await awardNamed(tx, target.value)], request);
    const named = byName(target);
    const find = async () => {
      const found = await named.find(tx);
      return found.length === 0 ? undefined : found;
    };
    if (request.points > 0n) {
      const found = await find();
      if (found === undefined) throw entryNotFound(named.name);
      return take(tx, found, request);
    }
    return undoOrTombstone<readonly FoundAward[], Effect<RevokePointsResponse>>(
      tx,
      { kind: AWARD, names: [named.name] },
      {
        find,
        undo: (found) => take(tx, found, request),
        neverHappened: () => ({ response: { entries: [], balance: undefined }, events: [] }),
      },
    );
  }

  const carryOut = createParticipant<RevokePointsRequest, RevokePointsRequest, RevokePointsResponse>(
    {
      method: '/tradewind.loyalty.v1.LoyaltyService/RevokePoints',
      request: RevokePointsRequest,
      response: RevokePointsResponse,
      parse: (request) => request,
      handle: revokePoints,
    },
    { database, clock, newId },
  );

  return (request: RevokePointsRequest): Promise<RevokePointsResponse> => {
    assertAdmin(currentCall()?.principal);
    if (request.target?.$case === 'orderId') describeCall({ orderId: request.target.value });
    return carryOut(request);
  };
}

async function awardNamed(tx: Queryable, entryId: string): Promise<FoundAward> {
  const id = parseEntryId(entryId);
  const entry = await ledger.get(tx, id);
  if (entry === undefined) throw entryNotFound(id);
  if (entry.kind !== 'AWARD') throw notAnAward(id);
  return { id, userId: entry.userId };
}

function byName(target: Exclude<Target, { $case: 'entryId' }>) {
  if (target.$case === 'awardRequestId') {
    const find = (tx: Queryable) => ledger.awardsOfRequest(tx, target.value);
    return { name: requestName(target.value), find };
  }
  const orderId = parseOrderId(target.value);
  return { name: orderName(orderId), find: (tx: Queryable) => ledger.awardsOfOrder(tx, orderId) };
}

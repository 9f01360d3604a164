import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { EntryKind, LoyaltyServiceDefinition } from '../../../gen/tradewind/loyalty/v1/loyalty.ts';
import type { ChassisClient } from '../../../src/chassis/client/index.ts';
import { loyaltyService } from '../../../src/services/loyalty/service.ts';
import { as, failure, startTestService, violatedFields, type TestService } from '../../support/service.ts';
import { toldOf, untold } from '../../support/told.ts';

let service: TestService;
let client: ChassisClient<typeof LoyaltyServiceDefinition>;
beforeAll(async () => {
  service = await startTestService(loyaltyService);
  client = service.client(LoyaltyServiceDefinition);
});
afterAll(() => service.close());

const id = () => crypto.randomUUID();
const award = (change: object = {}) => ({
  requestId: id(),
  userId: id(),
  points: 100n,
  reason: 'Order confirmed',
  orderId: id(),
  ...change,
});
const revoke = (change: object) => ({ requestId: id(), reason: 'Order cancelled', ...change });
const ofEntry = (value: string) => ({ target: { $case: 'entryId', value } as const });
const ofRequest = (value: string) => ({ target: { $case: 'awardRequestId', value } as const });
const ofOrder = (value: string) => ({ target: { $case: 'orderId', value } as const });
const pointsOf = async (userId: string) => (await client.getBalance({ userId })).balance?.points;

describe('AwardPoints', () => {
  it('makes an entry and raises the balance', async () => {
    const request = award();
    const { entry, balance } = await client.awardPoints(request);
    expect(entry).toMatchObject({
      userId: request.userId,
      kind: EntryKind.ENTRY_KIND_AWARD,
      points: 100n,
      reason: 'Order confirmed',
      orderId: request.orderId,
      awardEntryId: '',
      balanceAfter: 100n,
    });
    expect(balance).toEqual({
      userId: request.userId,
      points: 100n,
      lifetimePoints: 100n,
      updateTime: entry?.createTime,
    });
    expect((await client.getBalance({ userId: request.userId })).balance).toEqual(balance);
  });

  it('answers a repeat as the first time, also after the balance moved on, and refuses another body', async () => {
    const request = award();
    const first = await client.awardPoints(request);
    await client.awardPoints(award({ userId: request.userId }));
    expect(await client.awardPoints(request)).toEqual(first);
    expect(await failure(client.awardPoints({ ...request, points: 1n }))).toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'REQUEST_ID_REUSED',
    });
    expect(await pointsOf(request.userId)).toBe(200n);
  });

  it('keeps the balance exact under racers, and each entry shows a balance of its own', async () => {
    const userId = id();
    await Promise.all(
      Array.from({ length: 40 }, (_, n) => client.awardPoints(award({ userId, points: BigInt(n + 1) }))),
    );
    const { entries } = await client.listEntries({ userId });
    expect(await pointsOf(userId)).toBe(820n);
    expect(new Set(entries.map(({ balanceAfter }) => balanceAfter)).size).toBe(40);
    // Newest first, each balance is the one before plus the entry's points.
    entries.forEach((entry, n) => {
      expect(entry.balanceAfter).toBe((entries[n + 1]?.balanceAfter ?? 0n) + entry.points);
    });
  });

  it('gives once to twenty racers with one request_id', async () => {
    const request = award();
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.awardPoints(request)));
    expect(new Set(answers.map(({ entry }) => entry?.id)).size).toBe(1);
    expect(await pointsOf(request.userId)).toBe(100n);
  });

  it('is BALANCE_LIMIT beyond 10^15', async () => {
    const userId = id();
    await service.database.execute({ name: 'rich', text: 'INSERT INTO balance VALUES ($1, $2, $2, 1, now())' }, [
      userId,
      10n ** 15n - 10n,
    ]);
    const error = await failure(client.awardPoints(award({ userId, points: 11n })));
    expect(error).toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'BALANCE_LIMIT',
      domain: 'loyalty.tradewind',
    });
    await client.awardPoints(award({ userId, points: 10n }));
    expect(await pointsOf(userId)).toBe(10n ** 15n);
  });
});

describe('RevokePoints', () => {
  it('takes back a part, then the rest, never more, by entry', async () => {
    const { entry, balance } = await client.awardPoints(award());
    const part = await client.revokePoints(revoke({ ...ofEntry(entry!.id), points: 30n }));
    expect(part.entries).toEqual([
      expect.objectContaining({ kind: EntryKind.ENTRY_KIND_REVOCATION, points: -30n, awardEntryId: entry!.id }),
    ]);
    expect(part.balance).toMatchObject({ points: 70n, lifetimePoints: 100n });
    const tooMuch = client.revokePoints(revoke({ ...ofEntry(entry!.id), points: 71n }));
    expect(await failure(tooMuch)).toMatchObject({ reason: 'POINTS_EXCEED_AWARD', metadata: { left_points: '70' } });
    const rest = await client.revokePoints(revoke(ofEntry(entry!.id)));
    expect(rest.entries.map(({ points }) => points)).toEqual([-70n]);
    const again = await client.revokePoints(revoke(ofEntry(entry!.id)));
    expect(again).toMatchObject({ entries: [], balance: { userId: balance!.userId, points: 0n } });
  });

  it('takes back what an award request gave, and refuses that award for ever', async () => {
    const request = award();
    const first = await client.awardPoints(request);
    const undo = revoke(ofRequest(request.requestId));
    const undone = await client.revokePoints(undo);
    expect(undone.balance?.points).toBe(0n);
    expect(await client.revokePoints(undo)).toEqual(undone);
    // The first answer of the award stays what it was.
    expect(await client.awardPoints(request)).toEqual(first);
  });

  it('accepts that nothing was awarded and refuses the late original', async () => {
    const request = award();
    const undo = revoke(ofRequest(request.requestId));
    expect(await client.revokePoints(undo)).toEqual({ entries: [], balance: undefined });
    expect(await client.revokePoints(undo)).toEqual({ entries: [], balance: undefined });
    expect(await failure(client.awardPoints(request))).toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'AWARD_REVOKED',
    });
    expect(await pointsOf(request.userId)).toBe(0n);
  });

  it('takes back all awards of an order, newest first, and refuses later ones', async () => {
    const [userId, orderId] = [id(), id()];
    const older = await client.awardPoints(award({ userId, orderId, points: 10n }));
    const newer = await client.awardPoints(award({ userId, orderId, points: 20n }));
    const part = await client.revokePoints(revoke({ ...ofOrder(orderId), points: 25n }));
    expect(part.entries.map(({ points, awardEntryId }) => [points, awardEntryId])).toEqual([
      [-20n, newer.entry?.id],
      [-5n, older.entry?.id],
    ]);
    // A part does not end the order's awards.
    await client.awardPoints(award({ userId, orderId, points: 1n }));
    const all = await client.revokePoints(revoke(ofOrder(orderId)));
    expect(all.entries.map(({ points }) => points)).toEqual([-1n, -5n]);
    expect(await failure(client.awardPoints(award({ userId, orderId })))).toMatchObject({ reason: 'AWARD_REVOKED' });
    expect(await pointsOf(userId)).toBe(0n);
  });

  it('leaves either the award or its refusal when both race', async () => {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const request = award();
        const undo = client.revokePoints(revoke(ofRequest(request.requestId)));
        const given = await client.awardPoints(request).then(
          () => true,
          (error: { reason: string }) => {
            expect(error.reason).toBe('AWARD_REVOKED');
            return false;
          },
        );
        const { entries } = await undo;
        expect(entries.length).toBe(given ? 1 : 0);
        expect(await pointsOf(request.userId)).toBe(0n);
      }),
    );
  });

  it('takes once when twenty revoke one award in parts', async () => {
    const { entry, balance } = await client.awardPoints(award({ points: 10n }));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => client.revokePoints(revoke({ ...ofEntry(entry!.id), points: 1n }))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(await pointsOf(balance!.userId)).toBe(0n);
  });

  it('names what it does not find', async () => {
    const notFound = { status: 'NOT_FOUND', reason: 'ENTRY_NOT_FOUND' };
    expect(await failure(client.revokePoints(revoke(ofEntry(id()))))).toMatchObject(notFound);
    expect(await failure(client.revokePoints(revoke({ ...ofOrder(id()), points: 1n })))).toMatchObject(notFound);
    const { entry } = await client.awardPoints(award());
    const { entries } = await client.revokePoints(revoke(ofEntry(entry!.id)));
    expect(await failure(client.revokePoints(revoke(ofEntry(entries[0]!.id))))).toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'ENTRY_NOT_AN_AWARD',
    });
  });

  it('refuses another body under the same request_id', async () => {
    const request = revoke(ofOrder(id()));
    await client.revokePoints(request);
    const other = client.revokePoints({ ...request, reason: 'Another reason' });
    expect(await failure(other)).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'REQUEST_ID_REUSED' });
  });
});

describe('GetBalance and ListEntries', () => {
  it('shows zero for a user without entries', async () => {
    const userId = id();
    expect(await client.getBalance({ userId })).toMatchObject({
      balance: { userId, points: 0n, lifetimePoints: 0n, updateTime: undefined },
    });
  });

  it('pages through entries, newest first, with filters', async () => {
    const [userId, orderId] = [id(), id()];
    for (let n = 1; n <= 5; n += 1) await client.awardPoints(award({ userId, orderId, points: BigInt(n) }));
    await client.revokePoints(revoke({ ...ofOrder(orderId), points: 2n }));
    const seen: bigint[] = [];
    let pageToken = '';
    do {
      const page = await client.listEntries({ userId, pageSize: 2, pageToken });
      expect(page.entries.length).toBeLessThanOrEqual(2);
      seen.push(...page.entries.map(({ points }) => points));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual([-2n, 5n, 4n, 3n, 2n, 1n]);
    const awards = await client.listEntries({ orderId, kind: EntryKind.ENTRY_KIND_AWARD });
    expect(awards.entries).toHaveLength(5);

    const { nextPageToken } = await client.listEntries({ userId, pageSize: 2 });
    const other = client.listEntries({ userId: id(), pageSize: 2, pageToken: nextPageToken });
    expect(await failure(other)).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'PAGE_TOKEN_INVALID' });
  });

  it('shows a customer the own ones only, and commands are for administrators', async () => {
    const [userId, other] = [id(), id()];
    await client.awardPoints(award({ userId }), as('admin'));
    await client.awardPoints(award({ userId: other }), as('admin'));
    const own = await client.listEntries({}, as(userId));
    expect(own.entries.map((entry) => entry.userId)).toEqual([userId]);
    expect((await client.getBalance({ userId }, as(userId))).balance?.points).toBe(100n);
    const denied = { status: 'PERMISSION_DENIED', reason: 'ACCESS_DENIED' };
    expect(await failure(client.listEntries({ userId: other }, as(userId)))).toMatchObject(denied);
    expect(await failure(client.getBalance({ userId: other }, as(userId)))).toMatchObject(denied);
    expect(await failure(client.awardPoints(award({ userId }), as(userId)))).toMatchObject(denied);
    expect(await failure(client.revokePoints(revoke(ofOrder(id())), as(userId)))).toMatchObject(denied);
  });
});

describe('bad input', () => {
  it.each([
    ['AwardPoints without request_id', () => client.awardPoints(award({ requestId: '' })), 'request_id'],
    ['AwardPoints, user_id malformed', () => client.awardPoints(award({ userId: 'me' })), 'user_id'],
    ['AwardPoints of nothing', () => client.awardPoints(award({ points: 0n })), 'points'],
    ['AwardPoints below zero', () => client.awardPoints(award({ points: -1n })), 'points'],
    ['AwardPoints of too much', () => client.awardPoints(award({ points: 10n ** 10n })), 'points'],
    ['AwardPoints without reason', () => client.awardPoints(award({ reason: '' })), 'reason'],
    ['AwardPoints, reason too long', () => client.awardPoints(award({ reason: 'x'.repeat(201) })), 'reason'],
    ['AwardPoints, order_id malformed', () => client.awardPoints(award({ orderId: '1' })), 'order_id'],
    ['RevokePoints without target', () => client.revokePoints(revoke({})), 'target'],
    ['RevokePoints, entry_id malformed', () => client.revokePoints(revoke(ofEntry('x'))), 'entry_id'],
    ['RevokePoints, award_request_id empty', () => client.revokePoints(revoke(ofRequest(''))), 'award_request_id'],
    ['RevokePoints below zero', () => client.revokePoints(revoke({ ...ofOrder(id()), points: -1n })), 'points'],
    ['GetBalance without user_id', () => client.getBalance({}), 'user_id'],
    ['ListEntries, page_size below zero', () => client.listEntries({ pageSize: -1 }), 'page_size'],
    ['ListEntries, page_token made up', () => client.listEntries({ pageToken: 'x' }), 'page_token'],
    ['ListEntries, unknown kind', () => client.listEntries({ kind: 9 as EntryKind }), 'kind'],
  ])('%s is INVALID_ARGUMENT and names the field', async (_what, call, field) => {
    const error = await failure(call());
    expect(error.status).toBe('INVALID_ARGUMENT');
    expect(violatedFields(error)).toContain(field);
  });
});

describe('the ledger', () => {
  it('adds up to the balances and cannot be changed', async () => {
    const wrong = await service.database.rows({
      name: 'compare',
      text: `SELECT b.user_id FROM balance b JOIN entry e USING (user_id) GROUP BY b.user_id, b.points
             HAVING sum(e.points) <> b.points AND b.points < 1000000000000000`,
    });
    expect(wrong).toEqual([]);
    const change = service.database.execute({ name: 'change', text: 'UPDATE entry SET points = 1' });
    await expect(change).rejects.toThrow('never changed');
  });
});

describe('the outbox of the loyalty process', () => {
  it('has had every type of the contract, and counts the events of a balance', async () => {
    const { entry } = await client.awardPoints(award());
    await client.revokePoints(revoke(ofEntry(entry!.id)));
    expect(await untold('loyalty', service.database)).toEqual([]);
    const told = await toldOf(service.database, 'balance', entry!.userId);
    expect(told.map(({ sequence }) => sequence)).toEqual([1, 2]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { newId, systemClock, type AppError } from '../../../src/chassis/core/index.ts';
import { EVENTS_MIGRATIONS } from '../../../src/chassis/events/index.ts';
import { migrate } from '../../../src/chassis/store/index.ts';
import { awardPointsHandler } from '../../../src/services/loyalty/award-points.ts';
import { testDatabase } from '../../support/postgres.ts';

const MIGRATIONS = new URL('../../../src/services/loyalty/migrations/', import.meta.url);
const USERS = Array.from({ length: 3 }, () => newId());

interface Award {
  readonly requestId: string;
  readonly user: number;
  readonly points: bigint;
}

/** The award of a loyalty service on a database of its own; `alone`: the statement for many always fails there, so each goes by itself. */
async function openWorld({ alone }: { readonly alone: boolean }) {
  const test = await testDatabase();
  await migrate({ url: test.url, directories: [EVENTS_MIGRATIONS, MIGRATIONS] });
  const together = () => Promise.reject(new Error('not here'));
  const database = alone ? { ...test.database, together } : test.database;
  const award = awardPointsHandler({ database, clock: systemClock, newId, pageTokens: undefined as never });
  const sql = (name: string, text: string) => ({ name, text });
  return {
    close: () => test.close(),
    award: ({ requestId, user, points }: Award) =>
      award({ requestId, userId: USERS[user]!, points, reason: 'because', orderId: '' }).then(
        ({ entry, balance }) => ({
          after: entry?.balanceAfter,
          points: balance?.points,
          ever: balance?.lifetimePoints,
        }),
        (error: AppError) => error.reason,
      ),
    async reset() {
      // The ledger's own trigger keeps everybody from emptying it.
      await test.database.execute(sql('allow', 'ALTER TABLE entry DISABLE TRIGGER entry_append_only'));
      await test.database.execute(sql('clear', 'TRUNCATE entry, balance, outbox, idempotency_record RESTART IDENTITY'));
    },
    state: async () => ({
      balances: await test.database.rows(
        sql('balances', 'SELECT user_id, points, lifetime_points, version FROM balance ORDER BY user_id'),
      ),
      entries: await test.database.rows<{ readonly award_request_id: string }>(
        sql(
          'entries',
          'SELECT user_id, kind, points, award_request_id, balance_after FROM entry ORDER BY user_id, position',
        ),
      ),
      events: await test.database.rows(
        sql(
          'events',
          `SELECT aggregate_id, sequence, type, payload - 'entry_id' AS payload FROM outbox ORDER BY aggregate_id, position`,
        ),
      ),
    }),
  };
}

let many: Awaited<ReturnType<typeof openWorld>>;
let alone: Awaited<ReturnType<typeof openWorld>>;
beforeAll(async () => {
  many = await openWorld({ alone: false });
  alone = await openWorld({ alone: true });
});
afterAll(async () => {
  await many.close();
  await alone.close();
});

/** Some nearly fill a balance, whose limit is 10^15. */
const points = fc.oneof(
  { weight: 12, arbitrary: fc.bigInt({ min: 1n, max: 500n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: 10n ** 15n - 300n, max: 10n ** 15n + 300n }) },
);
const awards = fc.uniqueArray(fc.record({ requestId: fc.uuid(), user: fc.nat(2), points }), {
  selector: ({ requestId }) => requestId,
  maxLength: 12,
});

describe('the two forms of AwardPoints', () => {
  it('answer each award alike, and leave the same behind', async () => {
    const property = fc.asyncProperty(awards, async (given) => {
      await Promise.all([many.reset(), alone.reset()]);
      for (const award of given) expect(await many.award(award)).toEqual(await alone.award(award));
      expect(await many.state()).toEqual(await alone.state());
    });
    await fc.assert(property, { numRuns: 15, endOnFailure: true });
  }, 120_000);

  it('of awards that come together do what they would have done one by one, in the order of the ledger', async () => {
    const property = fc.asyncProperty(awards, async (given) => {
      await Promise.all([many.reset(), alone.reset()]);
      const answers = new Map(
        await Promise.all(given.map(async (award) => [award.requestId, await many.award(award)] as const)),
      );
      const state = await many.state();
      for (const { award_request_id: requestId } of state.entries) {
        const award = given.find((one) => one.requestId === requestId)!;
        expect(await alone.award(award)).toEqual(answers.get(requestId));
      }
      expect(await alone.state()).toEqual(state);
      const refused = given.filter(({ requestId }) => answers.get(requestId) === 'BALANCE_LIMIT');
      for (const award of refused) expect(await alone.award(award)).toBe('BALANCE_LIMIT');
      expect(refused.length + state.entries.length).toBe(given.length);
    });
    await fc.assert(property, { numRuns: 15, endOnFailure: true });
  }, 120_000);
});

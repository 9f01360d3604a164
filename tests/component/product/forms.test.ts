import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { AppError } from '../../../src/chassis/core/index.ts';
import { newId, systemClock } from '../../../src/chassis/core/index.ts';
import { EVENTS_MIGRATIONS } from '../../../src/chassis/events/index.ts';
import { migrate } from '../../../src/chassis/store/index.ts';
import { createInventoryHandlers } from '../../../src/services/product/inventory-handlers.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';

const MIGRATIONS = new URL('../../../src/services/product/migrations/', import.meta.url);
const PRODUCTS = Array.from({ length: 4 }, () => newId()).sort();
const UNITS = 12;
/** When each product is low: one when it is gone, one after any sale. */
const THRESHOLDS = [0, 5, 5, UNITS - 1];

type Command =
  | { readonly kind: 'reserve'; readonly id: string; readonly lines: readonly { product: number; quantity: number }[] }
  | { readonly kind: 'commit' | 'release'; readonly id: string };
type Outcome = { readonly done: unknown } | { readonly refused: string };

/** A product service on a database of its own, asked without a network between. */
async function openWorld() {
  const test: TestDatabase = await testDatabase();
  await migrate({ url: test.url, directories: [EVENTS_MIGRATIONS, MIGRATIONS] });
  const sql = (name: string, text: string) => ({ name, text });
  const { database } = test;
  const bell = { ring() {}, after: () => new Promise<void>(() => {}), run: async () => {} };
  const handlers = createInventoryHandlers({ database, bell, clock: systemClock, newId });
  const context = {} as never; // the handlers read currentCall()

  const ask = (command: Command, requestId: string): Promise<unknown> => {
    switch (command.kind) {
      case 'reserve':
        return handlers.reserveStock(
          {
            ...{ requestId, reservationId: command.id, ttlSeconds: 900 },
            lines: command.lines.map(({ product, quantity }) => ({ productId: PRODUCTS[product]!, quantity })),
          },
          context,
        );
      case 'commit':
        return handlers.commitReservation({ requestId, reservationId: command.id }, context);
      case 'release':
        return handlers.releaseReservation(
          { requestId, reservationId: command.id, reason: 'because', returnCommitted: false },
          context,
        );
    }
  };
  const carryOut = (command: Command, requestId: string): Promise<Outcome> =>
    ask(command, requestId).then(
      (done) => ({ done: withoutTimes(done) }),
      (error: AppError) => ({ refused: error.reason }),
    );

  return {
    close: () => test.close(),
    /** By the form for many commands, where they are plain. */
    carryOut: (command: Command) => carryOut(command, newId()),
    /** By the form for one command: what has no key is never put together with others. */
    carryOutAlone: (command: Command) => carryOut(command, ''),
    async reset() {
      await database.execute(
        sql('clear', 'TRUNCATE product, stock, stock_change, reservation, outbox RESTART IDENTITY CASCADE'),
      );
      const insert = `INSERT INTO product (id, sku, name, sort_name, description, category, currency, price_units, price_nanos, state,
        image_uri, attributes, search_words) VALUES ($1, $3, 'n', 'n', '', 'c', 'EUR', 1, 0, $2, '', '{}', '')`;
      // The third is no longer sold.
      for (const [index, id] of PRODUCTS.entries()) {
        await database.execute(sql('product', insert), [id, index === 2 ? 'DISCONTINUED' : 'ACTIVE', id]);
        const stock =
          'INSERT INTO stock (product_id, available, received, low_stock_threshold) VALUES ($1, $2, $2, $3)';
        await database.execute(sql('stock', stock), [id, UNITS, THRESHOLDS[index]]);
      }
    },
    /** What the events of reservations say, in order: each is one change. */
    events: () =>
      database.rows<{ readonly type: string; readonly aggregate_id: string }>(
        sql(
          'events',
          `SELECT type, aggregate_type, aggregate_id, sequence, payload FROM outbox
           WHERE aggregate_type = 'reservation' ORDER BY position`,
        ),
      ),
    /** Everything that the commands may have changed, but for times. */
    async state() {
      return {
        told: await database.rows(
          sql(
            'told',
            `SELECT type, aggregate_id, sequence, payload FROM outbox
             WHERE aggregate_type = 'stock' ORDER BY aggregate_id, position`,
          ),
        ),
        stock: await database.rows(
          sql(
            'stocks',
            'SELECT product_id, available, reserved, sold, received, adjustments FROM stock ORDER BY product_id',
          ),
        ),
        reservations: await database.rows(
          sql(
            'reservations',
            'SELECT id, state, product_ids, quantities, release_reason, version FROM reservation ORDER BY id',
          ),
        ),
        changes: await database.rows(
          sql(
            'changes',
            `SELECT product_id, kind, quantity, available, reserved, sold, received, reservation_id, note
             FROM stock_change ORDER BY product_id, position`,
          ),
        ),
      };
    },
  };
}

function withoutTimes(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, given: unknown) => (key.endsWith('Time') ? typeof given : given)),
  ) as unknown;
}

let many: Awaited<ReturnType<typeof openWorld>>;
let alone: Awaited<ReturnType<typeof openWorld>>;
beforeAll(async () => {
  many = await openWorld();
  alone = await openWorld();
});
afterAll(async () => {
  await many.close();
  await alone.close();
});

const quantities = fc.array(fc.record({ product: fc.nat(3), quantity: fc.integer({ min: 1, max: 5 }) }), {
  minLength: 1,
  maxLength: 3,
});
const lines = quantities.map((given) => [...new Map(given.map((line) => [line.product, line])).values()]);
const someIds = (count: number) => fc.uniqueArray(fc.uuid(), { minLength: count, maxLength: count });
const reserve = (id: string) => lines.map((given): Command => ({ kind: 'reserve', id, lines: given }));
const anyCommand = (known: readonly string[]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...known).chain(reserve) },
    { weight: 3, arbitrary: fc.constantFrom(...known).map((id): Command => ({ kind: 'commit', id })) },
    { weight: 1, arbitrary: fc.constantFrom(...known).map((id): Command => ({ kind: 'release', id })) },
  );

describe('the two forms of the commands of stock', () => {
  it('answer each command alike, and leave the same behind', async () => {
    const sequences = someIds(3).chain((known) => fc.array(anyCommand(known), { maxLength: 14 }));
    const property = fc.asyncProperty(sequences, async (commands) => {
      await Promise.all([many.reset(), alone.reset()]);
      for (const command of commands) expect(await many.carryOut(command)).toEqual(await alone.carryOutAlone(command));
      expect(await many.state()).toEqual(await alone.state());
      expect(await many.events()).toEqual(await alone.events());
    });
    await fc.assert(property, { numRuns: 15, endOnFailure: true });
  }, 120_000);

  it('of commands that come together do what they would have done one by one, in the order of their events', async () => {
    const crowds = someIds(8).chain((known) =>
      fc.record({
        baskets: fc.tuple(...known.map(reserve)),
        then: fc.array(anyCommand(known), { maxLength: 16 }),
      }),
    );
    const property = fc.asyncProperty(crowds, async ({ baskets, then }) => {
      await Promise.all([many.reset(), alone.reset()]);
      const outcomes: (readonly [Command, Outcome])[] = [];
      const together = async (commands: readonly Command[]) => {
        const answers = await Promise.all(commands.map((command) => many.carryOut(command)));
        outcomes.push(...answers.map((outcome, index) => [commands[index]!, outcome] as const));
      };
      await together(baskets);
      const refused = outcomes.filter(([, outcome]) => 'refused' in outcome);
      await together(then);

      const kinds = {
        'reservation.held': 'reserve',
        'reservation.committed': 'commit',
        'reservation.released': 'release',
      };
      let replayed = 0;
      for (const { type, aggregate_id: id } of await many.events()) {
        const kind = kinds[type as keyof typeof kinds];
        const cause = outcomes.find(
          ([command, outcome]) => command.kind === kind && command.id === id && 'done' in outcome,
        )!;
        expect(await alone.carryOutAlone(cause[0])).toEqual(cause[1]);
        replayed += 1;
        // Nothing was given back among the baskets: what was refused then had too little at their end.
        if (replayed === baskets.length - refused.length) {
          for (const [command, outcome] of refused) expect(await alone.carryOutAlone(command)).toEqual(outcome);
        }
      }
      // A release of what never was leaves a tombstone and no event.
      for (const [command, outcome] of outcomes) {
        if (command.kind === 'release' && 'done' in outcome) await alone.carryOutAlone(command);
      }
      expect(await alone.state()).toEqual(await many.state());
      expect(await alone.events()).toEqual(await many.events());
    });
    await fc.assert(property, { numRuns: 15, endOnFailure: true });
  }, 120_000);
});

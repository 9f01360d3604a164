import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';

describe('createDatabase', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase();
  });
  afterAll(() => test.close());

  it('reads int8 as bigint, timestamptz as Date, numeric and date as text', async () => {
    const row = await test.database.one({
      name: 'values',
      text: `SELECT 9007199254740993::int8 AS int8, ARRAY[1, NULL]::int8[] AS int8s, '2024-02-29T12:00:00.5Z'::timestamptz AS time,
             1.10::numeric AS price, '2024-02-29'::date AS day, '\\x00ff'::bytea AS bytes, '{"a":1}'::jsonb AS json`,
    });
    expect(row).toEqual({
      int8: 9007199254740993n,
      int8s: [1n, null],
      time: new Date('2024-02-29T12:00:00.500Z'),
      price: '1.10',
      day: '2024-02-29',
      bytes: Buffer.from([0, 255]),
      json: { a: 1 },
    });
  });
});

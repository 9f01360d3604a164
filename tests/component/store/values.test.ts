import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { testDatabase, type TestDatabase } from '../../support/postgres.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

/** What comes back for a parameter of a type. */
async function echo(type: string, value: unknown): Promise<unknown> {
  const statement = { name: `echo-${type}`, text: `SELECT $1::${type} AS value` };
  return (await test.database.one<{ readonly value: unknown }>(statement, [value]))?.value;
}

/** Without -0, which text does not tell from 0. */
const double = fc.double({ noNaN: true }).map((value) => value + 0);
const text = fc.string({ unit: 'grapheme' }).filter((given) => !given.includes('\0')); // PostgreSQL's text has no NUL
const int8 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const instant = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
});
const bytes = fc.uint8Array();

describe('a parameter', () => {
  it.each([
    ['text', text],
    ['int8', int8],
    ['integer', fc.integer()],
    ['boolean', fc.boolean()],
    ['double precision', double],
    ['timestamptz', instant],
    ['text[]', fc.array(fc.option(text))],
    ['int8[]', fc.array(int8)],
    ['jsonb', fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean()))],
  ] as const)('of type %s comes back as it was', async (type, values: fc.Arbitrary<unknown>) => {
    const property = fc.asyncProperty(values, async (value) => expect(await echo(type, value)).toEqual(value));
    await fc.assert(property, { numRuns: 60 });
  });

  it('of bytes comes back as it was, alone and in an array', async () => {
    const property = fc.asyncProperty(bytes, fc.array(bytes), async (alone, several) => {
      expect(await echo('bytea', alone)).toEqual(Buffer.from(alone));
      expect(await echo('bytea[]', several)).toEqual(several.map((each) => Buffer.from(each)));
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it('that is null or left out is null, and arrays hold arrays', async () => {
    expect([await echo('text', null), await echo('text', undefined)]).toEqual([null, null]);
    const matrix = [
      [1, 2],
      [3, 4],
    ];
    expect(await echo('integer[][]', matrix)).toEqual(matrix);
  });
});

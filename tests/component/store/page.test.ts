import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { Secret } from '../../../src/chassis/config/index.ts';
import { createPageTokens, pageSize, toPage } from '../../../src/chassis/store/index.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';

const LIST = { name: 'list', text: `SELECT id FROM item WHERE $1::text IS NULL OR id > $1 ORDER BY id LIMIT $2` };

describe('toPage', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase();
    await test.database.execute({ name: 'create', text: 'CREATE TABLE item (id text PRIMARY KEY)' });
    await test.database.execute({
      name: 'fill',
      text: `INSERT INTO item SELECT lpad(n::text, 3, '0') FROM generate_series(1, 20) AS n`,
    });
  });
  afterAll(() => test.close());

  it('walks through every row once, and ends without an empty page', async () => {
    const tokens = createPageTokens({ secret: new Secret('secret') });
    const request = { method: 'ListItems' };
    const size = pageSize(10, { default: 5, max: 10 });
    const pages: string[][] = [];
    for (let token = '', first = true; first || token !== ''; first = false) {
      const [after = null] = tokens.decode(token, request) ?? [];
      const rows = await test.database.rows<{ id: string }>(LIST, [after, size + 1]);
      const page = toPage({ rows, size, tokens, request, cursor: (row) => [row.id] });
      pages.push(page.rows.map((row) => row.id));
      token = page.nextPageToken;
    }
    expect(pages.map((page) => page.length)).toEqual([10, 10]);
    expect(new Set(pages.flat()).size).toBe(20);
  });
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { migrate } from '../../../src/chassis/store/index.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';

describe('migrate', () => {
  let test: TestDatabase;
  let root: string;
  beforeEach(async () => {
    test = await testDatabase();
    root = await mkdtemp(join(tmpdir(), 'migrate-'));
    await mkdir(join(root, 'shop', 'migrations'), { recursive: true });
  });
  afterEach(async () => {
    await test.close();
    await rm(root, { recursive: true, force: true });
  });

  const write = (file: string, text: string) => writeFile(join(root, 'shop', 'migrations', file), text);
  const run = () => migrate({ url: test.url, directories: [pathToFileURL(join(root, 'shop', 'migrations/'))] });
  const tables = async () =>
    (
      await test.database.rows<{ name: string }>({
        name: 'tables',
        text: `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
      })
    ).map((row) => row.name);

  it('applies the chassis’s files, then the service’s in order, each once', async () => {
    await write('0002-colour.sql', 'ALTER TABLE item ADD COLUMN colour text;\nCREATE INDEX ON item (colour);');
    await write('0001-item.sql', 'CREATE TABLE item (id int);');
    expect(await run()).toEqual(['store/0001-idempotency-record.sql', 'shop/0001-item.sql', 'shop/0002-colour.sql']);
    expect(await run()).toEqual([]);
    expect(await tables()).toEqual(['idempotency_record', 'item', 'schema_migration', 'undo_tombstone']);
  });

  it('lets five replicas start together', async () => {
    await write('0001-item.sql', 'CREATE TABLE item (id int)');
    const applied = await Promise.all([1, 2, 3, 4, 5].map(run));
    expect(applied.flat()).toEqual(['store/0001-idempotency-record.sql', 'shop/0001-item.sql']);
  });

  it('names a file that was changed after it was applied, but not for its line ends', async () => {
    await write('0001-item.sql', 'CREATE TABLE item\n(id int)');
    await run();
    await write('0001-item.sql', 'CREATE TABLE item\r\n(id int)');
    expect(await run()).toEqual([]);
    await write('0001-item.sql', 'CREATE TABLE item (id text)');
    await expect(run()).rejects.toMatchObject({
      reason: 'MIGRATION_CHANGED',
      message: expect.stringContaining(join('shop', 'migrations', '0001-item.sql')),
    });
  });

  it('refuses a file that comes before an applied one', async () => {
    await write('0002-item.sql', 'CREATE TABLE item (id int)');
    await run();
    await write('0001-early.sql', 'CREATE TABLE early (id int)');
    await expect(run()).rejects.toMatchObject({
      reason: 'MIGRATION_OUT_OF_ORDER',
      message: expect.stringContaining('0001-early.sql'),
    });
  });

  it('applies nothing of a file that fails, and names it', async () => {
    await write('0001-item.sql', 'CREATE TABLE item (id int); SELECT 1/0;');
    await expect(run()).rejects.toMatchObject({
      reason: 'MIGRATION_FAILED',
      message: expect.stringMatching(/0001-item\.sql .*division by zero/),
    });
    expect(await tables()).not.toContain('item');
    await write('0001-item.sql', 'CREATE TABLE item (id int)');
    expect(await run()).toEqual(['shop/0001-item.sql']);
  });

  it('goes on with a schema that a newer version has moved forward', async () => {
    await write('0001-item.sql', 'CREATE TABLE item (id int)');
    await write('0002-more.sql', 'CREATE TABLE more (id int)');
    await run();
    await rm(join(root, 'shop', 'migrations', '0002-more.sql'));
    expect(await run()).toEqual([]);
  });

  it('refuses a badly named file and two with one number', async () => {
    await write('1-item.sql', 'SELECT 1');
    await expect(run()).rejects.toThrow('1-item.sql');
    await rm(join(root, 'shop', 'migrations', '1-item.sql'));
    await write('0001-one.sql', 'SELECT 1');
    await write('0001-two.sql', 'SELECT 1');
    await expect(run()).rejects.toThrow('0001-one.sql has the same number');
  });
});

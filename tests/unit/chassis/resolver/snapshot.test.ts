import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import { createSnapshot } from '../../../../src/chassis/resolver/index.ts';
import { anInstance } from '../../../support/watchers.ts';

describe('createSnapshot', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tradewind-snapshot-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const snapshotOf = (process = 'echo') =>
    createSnapshot({ directory: join(directory, 'made'), process, clock: systemClock, random: systemRandom });
  const file = () => join(directory, 'made', 'echo.json');

  it('reads what was saved, and nothing where nothing was', async () => {
    const instances = [anInstance('a:1', { metadata: { colour: 'red' }, transports: ['plain'] }), anInstance('b:1')];
    expect(await snapshotOf().read()).toBeUndefined();
    await snapshotOf().save(instances);
    expect(await snapshotOf().read()).toEqual({ instances, savedAt: expect.stringMatching(/^20/) });
  });

  it('leaves one whole file when many save at once', async () => {
    const lists = Array.from({ length: 20 }, (_, n) => [anInstance(`a${n}:1`)]);
    await Promise.all(lists.map((list) => snapshotOf().save(list)));
    expect(await readdir(join(directory, 'made'))).toEqual(['echo.json']);
    expect(lists).toContainEqual((await snapshotOf().read())?.instances);
  });

  it.each([
    ['torn', (text: string) => text.slice(0, -20)],
    ['empty', () => ''],
    ['no object', () => 'null'],
    ['of another format', (text: string) => text.replace('"format":1', '"format":2')],
    ['edited', (text: string) => text.replace('a:1', 'b:1')],
    ["another process's", (text: string) => text.replaceAll('echo', 'ohce')],
  ])('refuses a file that is %s', async (_what, spoil) => {
    await snapshotOf().save([anInstance('a:1')]);
    await writeFile(file(), spoil(await readFile(file(), 'utf8')));
    await expect(snapshotOf().read()).rejects.toThrow();
  });

  it('tells that it cannot save, and leaves no draft', async () => {
    await mkdir(file(), { recursive: true }); // a directory where the file would be
    await expect(snapshotOf().save([])).rejects.toThrow();
    expect(await readdir(join(directory, 'made'))).toEqual(['echo.json']);
  });
});

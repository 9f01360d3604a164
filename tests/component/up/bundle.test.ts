import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { freshBundle, writeBundle } from '../../../src/up/bundle.ts';

let folder = '';
let bundles = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-bundle-'));
  bundles = await mkdtemp(join(tmpdir(), 'tradewind-bundles-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(bundles, { recursive: true, force: true });
});

async function write(name: string, ...lines: string[]): Promise<void> {
  await writeFile(join(folder, name), lines.join('\n'));
}

/** Bundles main.ts and runs what came of it. */
async function run(): Promise<string> {
  await writeBundle(join(folder, 'main.ts'), bundles);
  const program = freshBundle(bundles);
  if (program === undefined) throw new Error('there is no bundle');
  const { stdout } = await promisify(execFile)(process.execPath, [...program]);
  return stdout.trim();
}

test('a bundle is good as long as nothing that it was made of changes', async () => {
  await write('main.ts', `import { word } from './word.ts';`, `console.log(word);`);
  await write('word.ts', `export const word: string = 'one';`);

  expect(freshBundle(bundles)).toBeUndefined();
  expect(await run()).toBe('one');
  const first = freshBundle(bundles);
  await writeBundle(join(folder, 'main.ts'), bundles);
  expect(freshBundle(bundles)).toEqual(first);

  await write('word.ts', `export const word: string = 'another';`);
  expect(freshBundle(bundles)).toBeUndefined();
  expect(await run()).toBe('another');
});

test('a file that was only touched is read again, and the bundle is as good as before', async () => {
  await write('main.ts', `console.log('same');`);
  await run();
  await utimes(join(folder, 'main.ts'), 1, 1);

  expect(freshBundle(bundles)).toBeUndefined();
  expect(await run()).toBe('same');
  expect(await readdir(bundles)).toHaveLength(1);
});

test('two that bundle the same at once are in nobody’s way', async () => {
  await write('main.ts', `console.log('once');`);
  await Promise.all([1, 2, 3].map(() => writeBundle(join(folder, 'main.ts'), bundles)));
  expect(await run()).toBe('once');
});

test('a stack says where in the source it was', async () => {
  await write(
    'main.ts',
    `import { fail } from './fail.ts';`,
    `try { fail(); } catch (error) { console.log((error as Error).stack); }`,
  );
  await write(
    'fail.ts',
    `interface Ignored {`,
    `  readonly member: string;`,
    `}`,
    `export function fail(ignored?: Ignored): never {`,
    `  throw new Error('so it was ' + (ignored?.member ?? 'said'));`,
    `}`,
  );

  const [message, frame, caller] = (await run()).split('\n');
  expect(message).toBe('Error: so it was said');
  expect(frame).toContain(`at fail (${pathToFileURL(join(folder, 'fail.ts')).href}:5:9)`);
  expect(caller).toContain(`${pathToFileURL(join(folder, 'main.ts')).href}:2:7`);
});

test('code finds the files beside it where it was written', async () => {
  await write(
    'main.ts',
    `import { readFileSync } from 'node:fs';`,
    `console.log(readFileSync(new URL('./words.sql', import.meta.url), 'utf8'));`,
  );
  await write('words.sql', 'SELECT 1');
  expect(await run()).toBe('SELECT 1');
});

test('a CommonJS library that is imported on demand has its names', async () => {
  await mkdir(join(folder, 'node_modules', 'shelf'), { recursive: true });
  await write('node_modules/shelf/index.js', `exports.word = 'found ' + require('node:path').basename(__dirname);`);
  await write('main.ts', `const { word } = await import('shelf');`, `console.log(word);`);
  expect(await run()).toBe('found shelf');
});

test('what does not compile is refused by name and line, and what was there is left alone', async () => {
  await write('main.ts', `console.log('good');`);
  await run();
  const before = await readdir(bundles);
  await write('main.ts', `console.log('good');`, `const = 1;`);
  await expect(writeBundle(join(folder, 'main.ts'), bundles)).rejects.toThrow(/main\.ts:2:6: ERROR/);
  expect(await readdir(bundles)).toEqual(before);
});

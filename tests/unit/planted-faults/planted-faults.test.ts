import { readFile, stat } from 'node:fs/promises';

import { describe, expect, it } from '@jest/globals';

import { PLANTED_FAULTS } from '../../planted-faults/planted-faults.ts';
import { edited } from '../../planted-faults/tree-copy.ts';

const fromRoot = (path: string) => new URL(`../../../${path}`, import.meta.url);

describe('PLANTED_FAULTS', () => {
  it('are nineteen', () => {
    expect(new Set(PLANTED_FAULTS.map(({ name }) => name)).size).toBe(19);
  });

  it.each(PLANTED_FAULTS)('can be planted in the sources as they are: $name', async ({ edits, caughtBy }) => {
    for (const edit of edits) {
      const before = await readFile(fromRoot(edit.file), 'utf8');
      expect(edited(before, edit)).not.toBe(before);
    }
    for (const file of caughtBy) expect((await stat(fromRoot(file))).isFile()).toBe(true);
  });

  it('are refused where the sources have moved on', () => {
    expect(() => edited('a b a', { file: 'x.ts', find: 'a', put: 'c' })).toThrow('x.ts holds 2 times, not once: a');
  });
});

import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import type { Edit } from './planted-faults.ts';

/** A copy of the working tree that may be broken. */
export interface TreeCopy extends AsyncDisposable {
  readonly directory: string;
  /** Makes the edits and answers how to take them back. Throws when a file does not hold what is to be found exactly once. */
  plant(edits: readonly Edit[]): Promise<AsyncDisposable>;
}

const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules', '.git', '.data', 'dist', 'coverage']);

/** Copies the tree, uncommitted changes included, beside the same node_modules. */
export async function copyTree(root: string): Promise<TreeCopy> {
  const directory = await mkdtemp(join(tmpdir(), 'tradewind-planted-'));
  await cp(root, directory, { recursive: true, filter: (path) => path === root || !LEFT_OUT.has(basename(path)) });
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  return {
    directory,
    async plant(edits) {
      const before = new Map<string, string>();
      for (const { file, find, put } of edits) {
        const path = join(directory, file);
        const text = await readFile(path, 'utf8');
        if (!before.has(path)) before.set(path, text);
        await writeFile(path, edited(text, { file, find, put }));
      }
      const restore = async () => {
        for (const [path, text] of before) await writeFile(path, text);
      };
      return { [Symbol.asyncDispose]: restore };
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** The text after the edit. Throws when what is to be found is not there exactly once. */
export function edited(text: string, { file, find, put }: Edit): string {
  const places = text.split(find).length - 1;
  if (places !== 1) throw new Error(`${file} holds ${places} times, not once: ${find.trim()}`);
  return text.replace(find, () => put);
}

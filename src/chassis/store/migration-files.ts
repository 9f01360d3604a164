import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One step of a schema, as it lies in the repository. */
export interface Migration {
  /** "<folder above migrations>/<file>": "store/0001-idempotency-record.sql". The same from sources and from a build. */
  readonly name: string;
  readonly file: string;
  readonly text: string;
  /** SHA-256 of the text, whatever its line ends. */
  readonly checksum: string;
}

const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;

/** The migrations of a directory, in order. Two with one number, or a badly named file, are errors that name it. */
export async function readMigrations(directory: URL): Promise<readonly Migration[]> {
  const path = fileURLToPath(directory);
  const component = basename(dirname(join(path, '.')));
  const files = (await readdir(path)).filter((file) => file.endsWith('.sql')).sort();
  const numbers = new Map<string, string>();
  for (const file of files) {
    const number = FILE_NAME.exec(file)?.[1];
    if (number === undefined) throw new Error(`${join(path, file)}: a migration is called 0001-what-it-does.sql`);
    const other = numbers.get(number);
    if (other !== undefined) throw new Error(`${join(path, file)}: ${other} has the same number`);
    numbers.set(number, file);
  }
  return Promise.all(
    files.map(async (file) => {
      const text = (await readFile(join(path, file), 'utf8')).replaceAll('\r\n', '\n');
      const checksum = createHash('sha256').update(text).digest('hex');
      return { name: `${component}/${file}`, file: join(path, file), text, checksum };
    }),
  );
}

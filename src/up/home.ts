import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';

import { Secret } from '../chassis/config/index.ts';
import { UsageError } from '../usage-error.ts';

/** The folder that one suite keeps everything in. Used by one running suite at a time. */
export interface Home extends Disposable {
  readonly directory: string;
  /** The directory as a person would write it here: relative where it lies below the working directory. */
  readonly shown: string;
  /** A folder below the home, made when missing. */
  folder(name: string): string;
  /** A secret that is generated once, kept in a file only its owner can read, and the same at every later start. */
  secret(name: string): Secret;
}

/** Takes the home for this process. Throws a UsageError when another suite is using it, or it cannot be made or written. */
export function openHome(directory: string): Home {
  const lock = join(directory, 'up.pid');
  try {
    makeFolder(directory);
    takeLock(lock);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `--home: ${directory} cannot be used (${error instanceof Error ? error.message : String(error)})`,
    );
  }
  const folder = (name: string): string => {
    const path = join(directory, name);
    makeFolder(path);
    return path;
  };
  return {
    directory,
    shown: shown(directory),
    folder,
    secret(name) {
      const path = join(folder('secrets'), name);
      return new Secret(readOrMake(path));
    },
    [Symbol.dispose]: () => rmSync(lock, { force: true }),
  };
}

/** Not mkdirSync's `recursive`: where a file system refuses a new folder with ENOENT, as /proc does, it never returns. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path);
}

/** A path as a person would write it here: relative where it lies below the working directory. */
export function shown(directory: string): string {
  const path = relative(process.cwd(), directory);
  return path === '' || path.startsWith('..') || isAbsolute(path) ? directory : path;
}

function takeLock(lock: string): void {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    const owner = Number(readFileSync(lock, 'utf8'));
    if (isAlive(owner)) {
      throw new UsageError(`another suite (pid ${owner}) uses this home; stop it, or pass --home with another folder`);
    }
    writeFileSync(lock, String(process.pid));
  }
}

function readOrMake(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
    const value = randomBytes(32).toString('base64url');
    writeFileSync(path, value, { mode: 0o600, flag: 'wx' });
    return value;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

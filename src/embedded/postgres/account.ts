import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

import { AppError } from '../../chassis/core/index.ts';

/** Who a PostgreSQL program runs as: undefined is "as we are". */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** True where ordinary permissions do not let the account reach its files: it is then given that one capability. */
  readonly overridePermissions: boolean;
}

/** A program, its arguments and the options it is to be spawned with. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly identity: { readonly uid?: number; readonly gid?: number };
}

/**
 * PostgreSQL refuses to run as root, so root hands over to an account that exists already: the owner of the data directory, else
 * `postgres`, else `nobody`. No account is created on somebody's machine.
 *
 * `dataDirectory` may be missing still; `mustReach` are the paths that the account needs.
 */
export async function chooseAccount(dataDirectory: string, mustReach: readonly string[]): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(dataDirectory).catch(() => undefined);
  const ids = owner !== undefined && owner.uid !== 0 ? owner : await knownAccount();
  const reachable = await Promise.all(mustReach.map((path) => canReach(path, ids)));
  return { uid: ids.uid, gid: ids.gid, overridePermissions: reachable.includes(false) };
}

/** The command as that account runs it. The process keeps the pid it is spawned with. */
export function commandAs(account: Account | undefined, file: string, args: readonly string[]): Command {
  if (account === undefined) return { file, args, identity: {} };
  if (!account.overridePermissions) return { file, args, identity: { uid: account.uid, gid: account.gid } };
  // A project below /root is closed to everybody else; setpriv (util-linux) lets the account pass without being root.
  const capability = '+dac_override';
  const setpriv = [
    `--reuid=${account.uid}`,
    `--regid=${account.gid}`,
    '--clear-groups',
    `--inh-caps=${capability}`,
    `--ambient-caps=${capability}`,
  ];
  return { file: 'setpriv', args: [...setpriv, file, ...args], identity: {} };
}

async function knownAccount(): Promise<{ readonly uid: number; readonly gid: number }> {
  for (const name of ['postgres', 'nobody']) {
    const ids = (await fromPasswd(name)) ?? (await fromIdCommand(name));
    if (ids !== undefined) return ids;
  }
  throw new AppError({
    status: 'FAILED_PRECONDITION',
    reason: 'EMBEDDED_POSTGRES_ACCOUNT',
    message:
      'PostgreSQL does not run as root, and this machine has neither an account "postgres" nor "nobody"; start as another user',
  });
}

async function fromPasswd(name: string): Promise<{ uid: number; gid: number } | undefined> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** For machines whose accounts are not in /etc/passwd. */
async function fromIdCommand(name: string): Promise<{ uid: number; gid: number } | undefined> {
  const id = (flag: string) => promisify(execFile)('id', [flag, name]).then(({ stdout }) => Number(stdout));
  return Promise.all([id('-u'), id('-g')]).then(
    ([uid, gid]) => ({ uid, gid }),
    () => undefined,
  );
}

/** Whether every directory above the path lets the account through. */
async function canReach(path: string, ids: { readonly uid: number; readonly gid: number }): Promise<boolean> {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const found = await stat(directory);
    const bit = found.uid === ids.uid ? 0o100 : found.gid === ids.gid ? 0o010 : 0o001;
    if ((found.mode & bit) === 0) return false;
    if (directory === dirname(directory)) return true;
  }
}

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * Names one life of one process: pids are given again, the time a process started is not. Undefined: no such process lives (one that
 * is dead but not yet reaped does not).
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return (await ps(pid, 'lstart'))?.trim();
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // The second field is the program's name in brackets, which may hold anything; state is the third, start time the 22nd (proc(5)).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${boot.trim()}/${fields[19]}`;
}

/** The arguments a process was started with, the program first; on systems without /proc all of them in one string. */
export async function processArguments(pid: number): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [(await ps(pid, 'command')) ?? ''];
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.split('\0');
}

async function ps(pid: number, column: string): Promise<string | undefined> {
  return promisify(execFile)('ps', ['-o', `${column}=`, '-p', String(pid)]).then(
    ({ stdout }) => (stdout.trim() === '' ? undefined : stdout),
    () => undefined,
  );
}

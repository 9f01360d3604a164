import { readFileSync, readdirSync } from 'node:fs';
import { execFileSync } from 'node:child_process';

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly residentKb: number;
}

/**
 * Resident memory of the processes and all their descendants, in MiB, pages shared between them counted once for each:
 * an upper bound. From /proc where there is one, else from `ps`.
 */
export function residentMb(pids: readonly number[]): number {
  const rows = processTable();
  const wanted = new Set(pids);
  for (let grew = true; grew;) {
    grew = false;
    for (const row of rows) {
      if (!wanted.has(row.pid) && wanted.has(row.parent)) {
        wanted.add(row.pid);
        grew = true;
      }
    }
  }
  const kb = rows.filter((row) => wanted.has(row.pid)).reduce((sum, row) => sum + row.residentKb, 0);
  return Math.round(kb / 1024);
}

function processTable(): readonly ProcessRow[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap(readProc);
  } catch {
    return readPs(); // no /proc: macOS
  }
}

function readProc(pid: string): ProcessRow[] {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    return [{ pid: Number(pid), parent: field('PPid'), residentKb: field('VmRSS') }];
  } catch {
    return []; // it ended while we were reading
  }
}

function readPs(): ProcessRow[] {
  const table = execFileSync('ps', ['-axo', 'pid=,ppid=,rss='], { encoding: 'utf8' });
  return table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([pid = 0, parent = 0, residentKb = 0]) => ({ pid, parent, residentKb }));
}

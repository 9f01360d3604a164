import { readFileSync, readdirSync } from 'node:fs';
import { execFileSync } from 'node:child_process';

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly residentKb: number;
}

/** Resident memory of several processes, in MiB. */
export interface Memory {
  /** What they occupy together: a page that several share is counted once (Linux' PSS). Where unknown, as `rssMb`. */
  readonly residentMb: number;
  /** The sum of what `ps` shows for each: a shared page is counted in every one. */
  readonly rssMb: number;
}

/** Memory of the processes and all their descendants. From /proc where there is one, else from `ps`. */
export function memoryOf(pids: readonly number[]): Memory {
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
  const counted = rows.filter((row) => wanted.has(row.pid));
  const mb = (kbOf: (row: ProcessRow) => number) => Math.round(counted.reduce((sum, row) => sum + kbOf(row), 0) / 1024);
  return { residentMb: mb((row) => proportionalKb(row.pid) ?? row.residentKb), rssMb: mb((row) => row.residentKb) };
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

/** Undefined where the system does not say, or not to us. Source: Linux, Documentation/filesystems/proc.rst, smaps_rollup. */
function proportionalKb(pid: number): number | undefined {
  try {
    const found = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return found === null ? undefined : Number(found[1]);
  } catch {
    return undefined;
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

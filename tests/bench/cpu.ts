import { readFileSync, readdirSync } from 'node:fs';

/** A process as /proc shows it. */
export interface ProcessStat {
  readonly pid: number;
  /** The kernel's name of it, at most 15 characters. */
  readonly command: string;
  /** CPU time since it began, in milliseconds; that of children that have ended with it. */
  readonly cpuMs: number;
}

interface Stat extends ProcessStat {
  readonly parent: number;
}

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own tick. Source: proc_pid_stat(5), sysconf(3). */
const MS_PER_TICK = 10;

/** A process and all below it. Without /proc (macOS) there are none. */
export function processTree(root: number): readonly ProcessStat[] {
  const stats = readAll();
  const wanted = new Set([root]);
  for (let size = 0; size < wanted.size;) {
    size = wanted.size;
    for (const { pid, parent } of stats) if (wanted.has(parent)) wanted.add(pid);
  }
  return stats.filter(({ pid }) => wanted.has(pid));
}

/** The CPU time of a process and all below it since each began, in milliseconds; NaN without /proc. */
export function treeCpuMs(root: number): number {
  const tree = processTree(root);
  return tree.length === 0 ? NaN : tree.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

function readAll(): readonly Stat[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap(readStat);
  } catch {
    return []; // no /proc
  }
}

function readStat(pid: string): Stat[] {
  try {
    const [, command = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const fields = rest.split(' ').map(Number);
    // Its own time, and that of children it has waited for: PostgreSQL's workers come and go.
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + (fields[index] ?? 0), 0);
    return [{ pid: Number(pid), parent: fields[1] ?? 0, command, cpuMs: ticks * MS_PER_TICK }];
  } catch {
    return []; // it ended while we were reading
  }
}

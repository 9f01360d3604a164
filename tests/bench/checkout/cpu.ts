import { readFileSync, readdirSync } from 'node:fs';

import type { TestSuite } from '../../support/suite.ts';

/** CPU time since each process began, in milliseconds: by the suite's names, PostgreSQL's processes under one. */
export type CpuTimes = Readonly<Record<string, number>>;

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own tick. Source: proc_pid_stat(5), sysconf(3). */
const MS_PER_TICK = 10;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly cpuMs: number;
}

/** What every process of a suite has used, and this one under "bench". Without /proc (macOS) only this one is there. */
export function cpuTimes(suite: TestSuite): CpuTimes {
  const { user, system } = process.cpuUsage();
  const times: Record<string, number> = { bench: (user + system) / 1_000 };
  const names = new Map([
    [suite.supervisorPid, 'up (with etcd)'],
    ...suite.ready.processes.map(({ name, pid }) => [pid, name] as const),
  ]);
  for (const stat of descendants(suite.supervisorPid)) {
    const name = names.get(stat.pid) ?? stat.command;
    times[name] = (times[name] ?? 0) + stat.cpuMs;
  }
  return times;
}

/** The CPU time between two looks, by process. */
export function cpuBetween(before: CpuTimes, after: CpuTimes): CpuTimes {
  return Object.fromEntries(Object.entries(after).map(([name, ms]) => [name, ms - (before[name] ?? 0)]));
}

/** A process and all below it. */
function descendants(root: number): readonly Stat[] {
  const stats = readAll();
  const wanted = new Set([root]);
  for (let size = 0; size < wanted.size;) {
    size = wanted.size;
    for (const { pid, parent } of stats) if (wanted.has(parent)) wanted.add(pid);
  }
  return stats.filter(({ pid }) => wanted.has(pid));
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

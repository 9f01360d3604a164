import type { TestSuite } from '../../support/suite.ts';
import { processTree } from '../cpu.ts';

/** CPU time since each process began, in milliseconds: by the suite's names, PostgreSQL's processes under one. */
export type CpuTimes = Readonly<Record<string, number>>;

/** What every process of a suite has used, and this one under "bench". Without /proc (macOS) only this one is there. */
export function cpuTimes(suite: TestSuite): CpuTimes {
  const { user, system } = process.cpuUsage();
  const times: Record<string, number> = { bench: (user + system) / 1_000 };
  const names = new Map([
    [suite.supervisorPid, 'up (with etcd)'],
    ...suite.ready.processes.map(({ name, pid }) => [pid, name] as const),
  ]);
  for (const stat of processTree(suite.supervisorPid)) {
    const name = names.get(stat.pid) ?? stat.command;
    times[name] = (times[name] ?? 0) + stat.cpuMs;
  }
  return times;
}

/** The CPU time between two looks, by process. */
export function cpuBetween(before: CpuTimes, after: CpuTimes): CpuTimes {
  return Object.fromEntries(Object.entries(after).map(([name, ms]) => [name, ms - (before[name] ?? 0)]));
}

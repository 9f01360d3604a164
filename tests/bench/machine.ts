import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** Where and under what load the figures were taken: they mean something only beside each other. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMb: number;
  readonly node: string;
  readonly platform: string;
  /** The load average of the last minute before the bench; above 0.5 somebody else was at work. */
  readonly loadBefore: number;
  /** The same, after it. */
  readonly loadAfter: number;
}

/** Looks at the machine before a bench; the function it returns completes the picture afterwards. */
export function observeMachine(): () => Machine {
  const loadBefore = load();
  return () => ({
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryMb: Math.round(totalmem() / 2 ** 20),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    loadBefore,
    loadAfter: load(),
  });
}

function load(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}

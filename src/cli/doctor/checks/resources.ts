import { findings, type Finding, type Trouble } from '../finding.ts';
import { answering, type SuiteSnapshot } from '../snapshot.ts';

/** A timer that comes so late, in milliseconds, means that calls wait as long. */
const LATE_TIMER_MS = 500;
/** The shares of the heap and of the file descriptors that may be in use. */
const MAX_SHARE = 0.85;
const LEAST_FREE_BYTES = 1024 ** 3;
const FATAL_FREE_BYTES = 128 * 1024 ** 2;

/** Whether processes have event loop, memory and file descriptors to spare. */
export function checkResources(snapshot: SuiteSnapshot): readonly Finding[] {
  const all = answering(snapshot);
  const troubles = all.flatMap(({ instance, admin }): Trouble[] => {
    const { eventLoop, memory, files } = admin.process;
    const found: Trouble[] = [];
    if (eventLoop.maxDelayMs > LATE_TIMER_MS) {
      found.push({
        status: 'warning',
        found: `the event loop of ${instance.id} was blocked for ${Math.round(eventLoop.maxDelayMs)} ms`,
        advice: `Add replicas, or see what it does with \`tradewind profile ${instance.process} cpu\`.`,
      });
    }
    if (memory.heapUsedBytes > memory.heapLimitBytes * MAX_SHARE) {
      found.push({
        status: 'warning',
        found: `${instance.id} uses ${mb(memory.heapUsedBytes)} of ${mb(memory.heapLimitBytes)} MB of heap`,
        advice: `See what holds it with \`tradewind profile ${instance.process} heap\`; --max-old-space-size gives it more.`,
      });
    }
    if (files.open !== undefined && files.limit !== undefined && files.open > files.limit * MAX_SHARE) {
      found.push({
        status: 'warning',
        found: `${instance.id} has ${files.open} of ${files.limit} file descriptors open`,
        advice: 'Raise the limit (ulimit -n, LimitNOFILE), or add replicas.',
      });
    }
    return found;
  });
  const resident = all.reduce((sum, { admin }) => sum + admin.process.memory.residentBytes, 0);
  return findings('resources', troubles, `${mb(resident)} MB in ${all.length} processes, none short of anything`);
}

/** Whether the disk of the home has room. */
export function checkDisk({ disk }: SuiteSnapshot): readonly Finding[] {
  if (disk === undefined) return [];
  const { path, freeBytes, totalBytes } = disk;
  const found = `${mb(freeBytes)} of ${mb(totalBytes)} MB free at ${path}`;
  if (freeBytes >= LEAST_FREE_BYTES) return findings('disk', [], found);
  const status = freeBytes < FATAL_FREE_BYTES ? 'failing' : 'warning';
  return [
    { check: 'disk', status, found, advice: 'Make room, or move --home: PostgreSQL stops when it cannot write.' },
  ];
}

function mb(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}

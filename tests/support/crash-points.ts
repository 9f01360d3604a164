import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A place in a process's work at which it can be made to die; see src/chassis/crash-points. */
export interface CrashPoint {
  /** The instance: "order", "order-2". */
  readonly process: string;
  readonly point: string;
}

/** The crash points of all processes that were started with CRASH_POINTS_DIR naming the directory. */
export interface CrashPointsControl {
  /** Begins the record of points passed anew, in every process. */
  forget(): void;
  /** Every point passed since, by every process. */
  seen(): readonly CrashPoint[];
  /** Has the process die at the point, the next time it gets there. */
  arm(point: CrashPoint): void;
  /** Has the process die whenever it does anything, so that it stays dead under a supervisor; until the answer is disposed of. */
  keepDead(process: string): Disposable;
  /** Undoes arm() where the process has not died yet. */
  disarm(process: string): void;
  /** When the process died at the point it was armed for, on the machine's clock in milliseconds; undefined: it did not. */
  diedAtMs(process: string): number | undefined;
}

/** No process passes it. */
const NOWHERE = 'nowhere';
/** Whichever point comes next. */
const ANYWHERE = '*';
/** A process takes longer than this to start and get to its first point. */
const KEEP_DEAD_MS = 50;

/** Takes the processes' crash points in hand. */
export function controlCrashPoints(directory: string): CrashPointsControl {
  const file = (process: string, kind: string) => join(directory, `${process}.${kind}`);
  const records = () => readdirSync(directory).filter((name) => name.endsWith('.seen'));
  const write = (process: string, text: string) => {
    writeFileSync(file(process, 'draft'), text);
    renameSync(file(process, 'draft'), file(process, 'arm'));
  };
  return {
    forget() {
      for (const name of records()) rmSync(join(directory, name));
    },
    seen: () =>
      records().flatMap((name) =>
        readFileSync(join(directory, name), 'utf8')
          .split('\n')
          .filter((point) => point !== '')
          .map((point) => ({ process: name.slice(0, -'.seen'.length), point })),
      ),
    arm({ process, point }) {
      rmSync(file(process, 'hit'), { force: true });
      write(process, point);
    },
    keepDead(process) {
      write(process, ANYWHERE);
      const timer = setInterval(() => existsSync(file(process, 'arm')) || write(process, ANYWHERE), KEEP_DEAD_MS);
      return {
        [Symbol.dispose]() {
          clearInterval(timer);
          rmSync(file(process, 'arm'), { force: true });
        },
      };
    },
    disarm: (process) => write(process, NOWHERE),
    diedAtMs(process) {
      const hit = file(process, 'hit');
      return existsSync(hit) ? statSync(hit).ctimeMs : undefined; // it was named so at that moment
    },
  };
}

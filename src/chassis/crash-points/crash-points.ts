import { appendFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** The named points of one process at which a test may have it die. */
export interface CrashPoints {
  /** The process is at the point now: keeps its name, and ends the process on the spot when it is the armed one. */
  pass(point: string): void;
}

/** A process's points. */
export interface CrashPointsOptions {
  /** Where tests and processes meet. */
  readonly directory: string;
  /** The instance, which names its files. */
  readonly process: string;
}

const ANY = '*';

interface Armed {
  readonly point: string;
  /** How often it is still passed, the last time included. */
  readonly remaining: number;
}

/**
 * The crash points of a process, driven by files in the directory:
 * `<process>.seen` gets a line for each distinct point passed; removing it begins the record anew.
 * `<process>.arm`, "<point> [nth]", is taken (as `<process>.armed`) at the next point passed, whichever that is. At the nth
 * passing of its own point from then on, that one included, it becomes `<process>.hit` and the process ends itself with
 * SIGKILL: nothing is flushed, nothing closed. The point `*` is whichever comes next: with it a process is dead before it
 * has done anything. To be written beside and moved into place, so that half of it is never read.
 *
 * Everything is synchronous, for a point is a place in the program and not a time; a few system calls for each.
 */
export function openCrashPoints({ directory, process: name }: CrashPointsOptions): CrashPoints {
  const file = (kind: 'seen' | 'arm' | 'armed' | 'hit') => join(directory, `${name}.${kind}`);
  const seen = new Set<string>();
  let armed: Armed | undefined;

  function keep(point: string): void {
    if (!existsSync(file('seen'))) seen.clear();
    if (seen.has(point)) return;
    seen.add(point);
    appendFileSync(file('seen'), `${point}\n`);
  }

  function takeArms(): void {
    try {
      renameSync(file('arm'), file('armed'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // nobody armed anything
      throw error;
    }
    armed = parseArms(readFileSync(file('armed'), 'utf8'));
  }

  return {
    pass(point) {
      keep(point);
      takeArms();
      if (armed === undefined || (armed.point !== point && armed.point !== ANY)) return;
      armed = { point: armed.point, remaining: armed.remaining - 1 };
      if (armed.remaining > 0) return;
      renameSync(file('armed'), file('hit'));
      process.kill(process.pid, 'SIGKILL'); // does not return: the kernel ends the process before the call does
    },
  };
}

/** "<point> [nth]"; without a number, the first. */
function parseArms(text: string): Armed {
  const [, point = '', nth] = /^(.*?)(?: (\d+))?$/.exec(text.trim()) ?? [];
  return { point, remaining: Number(nth ?? 1) };
}

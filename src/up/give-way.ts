import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Between 0, as everybody begins, and 19. Five give a third of the processor's time where others want it as well. */
const NICENESS = 10;

/**
 * Has a process leave the processor to those that start, and to the database: with a dozen busy ones on two cores a restart would take several times as
 * long, and while it lasts others fail and ask again. Where the system does not let us, nothing changes.
 */
export function giveWay(pid: number): void {
  try {
    setPriority(pid, NICENESS);
    // Linux shares time between sessions first, and each child has one of its own. Source: sched(7), "The autogroup feature".
    if (process.platform === 'linux') writeFileSync(`/proc/${pid}/autogroup`, String(NICENESS));
  } catch {
    // It has ended already, or there are no autogroups here, or it is not for us to say.
  }
}

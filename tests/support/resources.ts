import { readdirSync } from 'node:fs';

import { eventually } from './eventually.ts';

/** What this process holds open: I7 says that it returns to the baseline. */
export interface Resources {
  readonly descriptors: number;
  /** TCP connections, each of which is an HTTP/2 session. */
  readonly sessions: number;
  /** Timers that keep the process alive. */
  readonly timers: number;
}

/** Counts them; descriptors only where there is a /proc. */
export function countResources(): Resources {
  const active = process.getActiveResourcesInfo();
  const count = (kind: string) => active.filter((name) => name === kind).length;
  return { descriptors: countDescriptors(), sessions: count('TCPSocketWrap'), timers: count('Timeout') };
}

/** Waits until this process holds no more than the baseline; resolves to what is still above it, in words. */
export async function resourceBreaches(baseline: Resources): Promise<readonly string[]> {
  const above = () => {
    const now = countResources();
    return (['descriptors', 'sessions', 'timers'] as const)
      .filter((name) => now[name] > baseline[name])
      .map((name) => `I7: ${now[name]} ${name}, ${baseline[name]} before`);
  };
  const wait = () => {
    const left = above();
    if (left.length > 0) throw new Error(left.join('; '));
    return left;
  };
  return eventually(wait, { timeoutMs: 3_000 }).catch(above);
}

function countDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

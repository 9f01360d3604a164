import { raceAbort, type Clock } from '../core/index.ts';

/** Answers whether one component works: resolves, or rejects with what is wrong. */
export type Check = (signal: AbortSignal) => Promise<void>;

/** How one component is. */
export type ComponentState = { readonly status: 'ok' } | { readonly status: 'failing'; readonly error: string };

/** How a process is, component by component. */
export interface Readiness {
  readonly status: 'ready' | 'not-ready';
  readonly components: Readonly<Record<string, ComponentState>>;
}

/** A check that takes longer than this has failed. */
const CHECK_TIMEOUT_MS = 1_000;

/** Runs all checks at once, each for a bounded time. */
export async function readinessOf(checks: Readonly<Record<string, Check>>, clock: Clock): Promise<Readiness> {
  const entries = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await run(check, clock)] as const),
  );
  const isReady = entries.every(([, state]) => state.status === 'ok');
  return { status: isReady ? 'ready' : 'not-ready', components: Object.fromEntries(entries) };
}

async function run(check: Check, clock: Clock): Promise<ComponentState> {
  const limit = new AbortController();
  const timer = clock.setTimer(CHECK_TIMEOUT_MS, () => limit.abort(new Error('no answer in time')));
  try {
    await raceAbort(check(limit.signal), limit.signal);
    return { status: 'ok' };
  } catch (error) {
    const reason: unknown = limit.signal.aborted ? limit.signal.reason : error;
    return { status: 'failing', error: reason instanceof Error ? reason.message : String(reason) };
  } finally {
    timer.cancel();
  }
}

import type { HealthCheckResponse } from '../../../gen/health/v1/health.ts';
import { HealthCheckResponse_ServingStatus as Status } from '../../../gen/health/v1/health.ts';
import { backoffMs, type Clock, type Random } from '../core/index.ts';

/** What a peer says of its own health. */
export type PeerHealth =
  /** It has not answered yet. */
  | 'checking'
  | 'serving'
  | 'not serving'
  /** It does not tell, or not in time: it counts as healthy. */
  | 'not told';

/** How a peer's health is watched. */
export interface HealthWatchOptions {
  /** Opens one Watch stream. */
  readonly watch: (signal: AbortSignal) => AsyncIterable<HealthCheckResponse>;
  /** True for the status UNIMPLEMENTED: the peer has no health service. */
  readonly isUnimplemented: (error: unknown) => boolean;
  readonly onHealth: (health: PeerHealth) => void;
  readonly clock: Clock;
  readonly random: Random;
}

/** A peer that says nothing for so long does not tell: its connection is ready, and calls should not wait for ever. */
const FIRST_ANSWER_MS = 2_000;

/** A stream that lived this long was no failure when it ends. */
const STABLE_MS = 5_000;

const BACKOFF = { baseMs: 200, maxMs: 10_000 };

/**
 * Follows `grpc.health.v1.Health/Watch` until the returned function is called; nothing is told after that. It begins as
 * `checking`. A broken stream is opened again at once, the health it told stays meanwhile; when that fails too, the peer is
 * not serving until it says otherwise. Source: gRFC A17, which is stricter with the first break.
 */
export function watchHealth({ watch, isUnimplemented, onHealth, clock, random }: HealthWatchOptions): () => void {
  const stopped = new AbortController();
  const { signal } = stopped;
  let health: PeerHealth = 'checking';
  const enter = (next: PeerHealth) => {
    if (next === health || signal.aborted) return;
    health = next;
    onHealth(health);
  };
  const impatience = clock.setTimer(FIRST_ANSWER_MS, () => {
    if (health === 'checking') enter('not told');
  });

  /** Resolves when the stream has ended; true: there is no use in opening it again. */
  const follow = async (): Promise<boolean> => {
    try {
      for await (const { status } of watch(signal)) enter(status === Status.SERVING ? 'serving' : 'not serving');
      return false;
    } catch (error) {
      return isUnimplemented(error);
    }
  };
  const run = async () => {
    let failures = 0;
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      if (await follow()) return enter('not told');
      failures = clock.monotonicMs() - startedMs >= STABLE_MS ? 1 : failures + 1;
      if (failures > 1) enter('not serving');
      await clock.sleep(failures === 1 ? 0 : backoffMs(failures, BACKOFF, random), signal).catch(() => undefined); // stopped
    }
  };
  void run();
  return () => {
    stopped.abort();
    impatience.cancel();
  };
}

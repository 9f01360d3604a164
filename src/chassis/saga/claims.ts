import type { Clock, Emitter, Timer } from '../core/index.ts';
import type { SagaEvents } from './events.ts';
import type { HeldClaim, SagaLog } from './log.ts';

/** The claims one worker holds, kept alive until they are let go. */
export interface Claims {
  readonly size: number;
  /**
   * The signal fires when the claim is lost, or when everything is dropped. `sinceMs`: by the monotonic clock, no later
   * than the claim was written.
   */
  hold(saga: HeldClaim, sinceMs: number): AbortSignal;
  /** Forgets one claim; a later claim of the same saga stays. */
  letGo(saga: HeldClaim): void;
  /** Ends what runs under the claim of a saga that a command has taken out of our hands. */
  drop(sagaId: string): void;
  /** Ends what still runs. */
  dropAll(): void;
  /** One heartbeat: extends every claim and drops those that are somebody else's or cannot be known to be ours any more. */
  beat(): Promise<void>;
}

interface Held {
  readonly claimToken: number;
  readonly controller: AbortController;
  /** By our own monotonic clock, counted from before claim or heartbeat was sent: never later than the database's. */
  endsAtMs: number;
}

/** Keeps claims by heartbeat. A claim that could not be extended in time is given up before the database gives it away. */
export function createClaims(options: {
  readonly log: SagaLog;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly events: Emitter<SagaEvents>;
}): Claims {
  const { log, clock, leaseMs, events } = options;
  const held = new Map<string, Held>();

  function dropOverdue(): void {
    for (const { endsAtMs, controller } of held.values()) {
      if (clock.monotonicMs() >= endsAtMs) controller.abort();
    }
  }

  /** Drops claims as they run out, however long the log takes to answer; returns how to stop. */
  function watchEnds(): () => void {
    let timer: Timer | undefined;
    const arm = () => {
      const ends = [...held.values()].flatMap(({ endsAtMs, controller }) =>
        controller.signal.aborted ? [] : [endsAtMs],
      );
      if (ends.length === 0) return;
      timer = clock.setTimer(Math.max(1, Math.min(...ends) - clock.monotonicMs()), () => {
        dropOverdue();
        arm();
      });
    };
    arm();
    return () => timer?.cancel();
  }

  return {
    get size() {
      return held.size;
    },
    hold(saga, sinceMs) {
      held.get(saga.id)?.controller.abort(); // an earlier claim, which ran out unnoticed
      const controller = new AbortController();
      held.set(saga.id, { claimToken: saga.claimToken, controller, endsAtMs: sinceMs + leaseMs });
      return controller.signal;
    },
    letGo({ id, claimToken }) {
      // The log may have given the saga back to us before the end of its last execution was noticed here.
      if (held.get(id)?.claimToken === claimToken) held.delete(id);
    },
    drop(sagaId) {
      held.get(sagaId)?.controller.abort();
    },
    dropAll() {
      for (const { controller } of held.values()) controller.abort();
    },
    async beat() {
      const asked = [...held].map(([id, { claimToken }]) => ({ id, claimToken }));
      if (asked.length === 0) return;
      const sentAtMs = clock.monotonicMs();
      const stopWatching = watchEnds();
      try {
        const { extended, busy } = await log.extend(asked);
        for (const { id, claimToken } of asked) {
          const claim = held.get(id);
          if (claim?.claimToken !== claimToken) continue; // let go while we asked
          if (extended.has(id)) claim.endsAtMs = sentAtMs + leaseMs;
          else if (!busy.has(id)) claim.controller.abort();
        }
        dropOverdue();
      } catch (error) {
        events.emit('logFailed', { what: 'heartbeat', error });
        dropOverdue();
      } finally {
        stopWatching();
      }
    },
  };
}

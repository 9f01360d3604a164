import type { DeadlineEntry } from '../core/index.ts';
import type { CallFrame } from './client-frames.ts';
import type { CallHeaders, IncomingUnary, ServedUnary } from './unary.ts';

/** What a call's frame does not say of it. */
export interface CallSurroundings {
  readonly path: string;
  readonly peer: string;
  readonly caller: string | undefined;
  readonly deadlineMs: number | undefined;
}

/**
 * A call that came over a shared stream and runs: what its handler sees of it, and its place among the deadlines. A
 * class because there is one for each call, all of one shape.
 */
export class RunningCall implements IncomingUnary {
  readonly transport = 'multiplexed';
  readonly id: number;
  readonly served: ServedUnary;
  readonly path: string;
  readonly headers: CallHeaders;
  readonly peer: string;
  readonly caller: string | undefined;
  readonly malformedHeader: string | undefined;
  readonly deadlineMs: number | undefined;
  /** Of its payload. */
  readonly bytes: number;
  onCancel: IncomingUnary['onCancel'] = undefined;
  /** Why nobody waits for it any more. */
  givenUp: 'cancelled' | 'deadline' | undefined = undefined;
  wheelTick = 0;
  wheelNext: DeadlineEntry | undefined = undefined;
  wheelPrevious: DeadlineEntry | undefined = undefined;

  constructor(served: ServedUnary, frame: CallFrame, { path, peer, caller, deadlineMs }: CallSurroundings) {
    this.id = frame.id;
    this.served = served;
    this.path = path;
    this.headers = frame.headers;
    this.peer = peer;
    this.caller = caller;
    this.malformedHeader = frame.malformedHeader;
    this.deadlineMs = deadlineMs;
    this.bytes = frame.payload.length;
  }

  /** For the wheel. */
  expire(): void {
    this.abandon('deadline');
  }

  /** Tells the handler, the first time. */
  abandon(reason: 'cancelled' | 'deadline'): void {
    if (this.givenUp !== undefined) return;
    this.givenUp = reason;
    this.onCancel?.(reason);
  }
}

/** Whether a call belongs among the deadlines. */
export function hasDeadline(call: RunningCall): call is RunningCall & DeadlineEntry {
  return call.deadlineMs !== undefined;
}

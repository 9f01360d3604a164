import type { DeadlineEntry } from '../core/index.ts';
import type { UnaryAttempt, UnaryTransport } from '../transport/index.ts';

/** Cancels one attempt when it takes longer than one may; the call goes on. A class, to be one object in the wheel. */
export class AttemptTimer implements DeadlineEntry {
  readonly deadlineMs: number;
  hasExpired = false;
  wheelTick = 0;
  wheelNext: DeadlineEntry | undefined = undefined;
  wheelPrevious: DeadlineEntry | undefined = undefined;
  private readonly transport: UnaryTransport;
  private readonly attempt: UnaryAttempt;

  constructor(deadlineMs: number, transport: UnaryTransport, attempt: UnaryAttempt) {
    this.deadlineMs = deadlineMs;
    this.transport = transport;
    this.attempt = attempt;
  }

  expire(): void {
    this.hasExpired = true;
    this.transport.cancel(this.attempt);
  }
}

import type { Context } from '@opentelemetry/api';
import type { Metadata } from 'nice-grpc-common';

import type { PickInfo } from '../balancer/index.ts';
import type { Subchannel, TrackedCall } from '../channel/index.ts';
import { AppError, HEADERS, abortError, type CallContext, type DeadlineEntry, type Priority } from '../core/index.ts';
import type { TracedCall } from '../tracing/index.ts';
import type { UnaryAttempt, UnaryTransport } from '../transport/index.ts';

/** What a unary call is made for. */
export interface UnaryCallOptions {
  readonly target: string;
  /** "/package.Service/Method". */
  readonly method: string;
  readonly incoming: CallContext | undefined;
  readonly traceContext: Context;
  readonly startedAtMs: number;
  /** Makes the error of a deadline that has passed. */
  readonly deadlineExceeded: (call: UnaryCall) => AppError;
}

/**
 * One unary call over all its attempts: what pickers read, what draining and the deadline wheel end. A class, and one object
 * for all of these, because every call makes one: its methods are shared, and there is nothing else to collect.
 */
export class UnaryCall implements PickInfo, TracedCall, TrackedCall, DeadlineEntry {
  readonly target: string;
  readonly method: string;
  readonly incoming: CallContext | undefined;
  readonly traceContext: Context;
  readonly startedAtMs: number;
  deadlineMs = Infinity;
  callId = '';
  authorization: string | undefined = undefined;
  isRetry = false;
  priority: Priority | undefined = undefined;
  affinity: string | undefined = undefined;
  traceparent: string | undefined = undefined;
  tracestate: string | undefined = undefined;
  metadata: Metadata | undefined = undefined;
  /** Begun so far, the one under way included. */
  attempts = 0;
  /** Those among them that a draining server had not begun, so that they are no retry of anything. */
  transparentRetries = 0;
  /** It was tried again as often as may be. */
  isSpent = false;
  /** Where the last attempt went. */
  subchannel: Subchannel | undefined = undefined;
  /** Ended from outside: its deadline, its caller, the closing client. The error is what the caller sees. */
  endedBy: AppError | undefined = undefined;
  wheelTick = 0;
  wheelNext: DeadlineEntry | undefined = undefined;
  wheelPrevious: DeadlineEntry | undefined = undefined;
  private readonly deadlineExceeded: UnaryCallOptions['deadlineExceeded'];
  private transport: UnaryTransport | undefined = undefined;
  private attempt: UnaryAttempt | undefined = undefined;
  /** Those beside it, while the call is hedged. */
  private hedges: Map<UnaryAttempt, UnaryTransport> | undefined = undefined;
  private controller: AbortController | undefined = undefined;

  constructor({ target, method, incoming, traceContext, startedAtMs, deadlineExceeded }: UnaryCallOptions) {
    this.target = target;
    this.method = method;
    this.incoming = incoming;
    this.traceContext = traceContext;
    this.startedAtMs = startedAtMs;
    this.deadlineExceeded = deadlineExceeded;
  }

  /** Attempts that count against the retry policy. */
  get tries(): number {
    return this.attempts - this.transparentRetries;
  }

  /** Where the attempt before failed: a retry goes elsewhere. */
  get avoid(): Subchannel | undefined {
    return this.subchannel;
  }

  header(name: string): string | undefined {
    switch (name) {
      case HEADERS.callId:
        return this.callId;
      case HEADERS.authorization:
        return this.authorization;
      default: {
        const value = this.metadata?.get(name);
        return typeof value === 'string' ? value : undefined;
      }
    }
  }

  /** Made when something is to be waited for; a call that is answered at once has none. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.endedBy !== undefined) this.controller.abort(this.endedBy);
    }
    return this.controller.signal;
  }

  /** Ends the call with this error, or with CANCELLED and this as its cause. The first reason stays. */
  cancel(reason: unknown): void {
    if (this.endedBy !== undefined) return;
    this.endedBy = reason instanceof AppError ? reason : AppError.from(abortError(AbortSignal.abort(reason)));
    this.controller?.abort(reason);
    this.dropAttempts();
  }

  expire(): void {
    this.cancel(this.deadlineExceeded(this));
  }

  /** An attempt is on its way, perhaps beside others. */
  carriedBy(transport: UnaryTransport, attempt: UnaryAttempt): void {
    if (this.attempt !== undefined) {
      this.hedges ??= new Map();
      this.hedges.set(attempt, transport);
      return;
    }
    this.transport = transport;
    this.attempt = attempt;
  }

  /** The attempt has ended. */
  landed(attempt: UnaryAttempt): void {
    if (this.attempt === attempt) this.attempt = undefined;
    else this.hedges?.delete(attempt);
  }

  /** Cancels every attempt that is on its way. */
  dropAttempts(): void {
    if (this.attempt !== undefined) this.transport?.cancel(this.attempt);
    if (this.hedges === undefined) return;
    for (const [attempt, transport] of [...this.hedges]) transport.cancel(attempt);
  }
}

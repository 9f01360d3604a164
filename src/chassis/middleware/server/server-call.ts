import {
  HEADERS,
  hostOf,
  runInCall,
  type AppError,
  type CallContext,
  type CallFacts,
  type CallTrace,
  type Principal,
  type Priority,
  type StatusName,
} from '../../core/index.ts';
import type { AccessLevel, Callers, MethodPriority } from '../../contract/index.ts';
import { acceptBaggage, type ServerTrace } from '../../tracing/index.ts';
import type { IncomingUnary } from '../../transport/index.ts';
import type { Validate } from '../../validation/index.ts';
import type { Limiter } from './limiter.ts';

/** What the parts of the chain read of a method; looked up once, when it is bound. */
export interface ServedMethod {
  /** "/package.Service/Method". */
  readonly path: string;
  /** `infrastructure`: health and reflection, which are no business calls. */
  readonly kind: 'unary' | 'stream' | 'infrastructure';
  readonly requestStream: boolean;
  readonly access: AccessLevel;
  readonly priority: MethodPriority;
  readonly callers: Callers;
  /** Undefined: its requests have no rules. */
  readonly validate: Validate | undefined;
}

/** How a call reached the server: a unary one over either transport, or a stream. */
export type IncomingCall = Omit<IncomingUnary, 'path' | 'onCancel'>;

/** A call id is written into logs of every hop: a foreign one is taken over only when it is short and plain. */
const CALL_ID = /^[\w.:-]{1,128}$/;

/**
 * One call being served: the context that `currentCall()` returns within it, and what the parts of the chain keep of it. A
 * class, and one object for all of these, because every call makes one. The parts write to it; everybody else reads.
 */
export class ServerCall implements CallContext {
  readonly served: ServedMethod;
  readonly incoming: IncomingCall;
  readonly callId: string;
  readonly method: string;
  readonly deadlineMs: number | undefined;
  readonly isRetry: boolean;
  readonly priority: Priority | undefined;
  principal: Principal | undefined = undefined;
  authorization: string | undefined = undefined;
  trace: CallTrace | undefined = undefined;
  facts: CallFacts | undefined = undefined;
  span: ServerTrace | undefined = undefined;
  /** On the monotonic clock. */
  startedMs = 0;
  /** What the caller is told. CANCELLED is also that nobody is there to be told. */
  status: StatusName = 'CANCELLED';
  error: AppError | undefined = undefined;
  /** A message of the request that was refused: the call fails with it even when the handler passes over it. */
  refused: AppError | undefined = undefined;
  /** Ended from outside: by its caller, its deadline, a server that stops. The caller is told this, whatever the handler does. */
  endedBy: AppError | undefined = undefined;
  /** The limits whose places it has. */
  insideLimits: readonly Limiter[] | undefined = undefined;
  /** What the handler had not finished when the call was ended. */
  leftBehind: Promise<unknown> | undefined = undefined;
  private controller: AbortController | undefined = undefined;
  private work: Promise<unknown> | undefined = undefined;
  private isSettled = false;
  private cutShort: ((error: AppError) => Promise<unknown> | void) | undefined = undefined;

  constructor(served: ServedMethod, incoming: IncomingCall, newId: () => string) {
    const { headers } = incoming;
    this.served = served;
    this.incoming = incoming;
    this.callId = CALL_ID.test(headers.callId) ? headers.callId : newId();
    this.method = served.path;
    this.deadlineMs = incoming.deadlineMs;
    this.isRetry = headers.isRetry;
    this.priority = served.priority === 'exempt' ? undefined : (headers.priority ?? served.priority);
  }

  get caller(): string | undefined {
    return this.incoming.caller;
  }

  get peer(): string {
    return hostOf(this.incoming.peer);
  }

  /** Looked up when the call makes one of its own. */
  get baggage(): string | undefined {
    const { headers } = this.incoming;
    return acceptBaggage(headers.text?.(HEADERS.baggage) ?? textsOf(headers.metadata));
  }

  /** Made when somebody asks; most calls are answered without. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.endedBy !== undefined) this.controller.abort(this.endedBy);
    }
    return this.controller.signal;
  }

  /** Ends a call that has no outcome yet: its signal fires, and what it waits for is waited for no longer. The first reason stays. */
  end(error: AppError): void {
    if (this.endedBy !== undefined || this.isSettled) return;
    this.endedBy = error;
    // What the handler does on it belongs to this call, whoever ends it: a timer of another call, a socket, a server that
    // stops. Outside of any call it would act as one inside the suite.
    runInCall(this, () => {
      this.controller?.abort(error);
      this.leftBehind = this.cutShort?.(error) ?? this.work;
    });
  }

  /** Settles as the work does, or rejects as soon as the call is ended; the work itself goes on, as `leftBehind`. */
  untilEnded<T>(work: Promise<T>): Promise<T> {
    this.work = work;
    return new Promise((resolve, reject) => {
      this.cutShort = reject;
      work.then(resolve, reject);
      if (this.endedBy !== undefined) reject(this.endedBy);
    });
  }

  /** Has this cut the call's work short when it is ended, from here on; it returns what is not finished by that. */
  onEnd(cutShort: (error: AppError) => Promise<unknown> | undefined): void {
    this.work = undefined;
    this.cutShort = cutShort;
    if (this.endedBy !== undefined) this.leftBehind = cutShort(this.endedBy);
  }

  /** The outcome, before the parts are left. */
  settle(status: StatusName, error: AppError | undefined): void {
    this.status = status;
    this.error = error;
    this.isSettled = true;
  }
}

function textsOf(metadata: IncomingCall['headers']['metadata']): readonly string[] | undefined {
  const values = metadata?.getAll(HEADERS.baggage);
  return values === undefined || values.length === 0 ? undefined : values.map(String);
}

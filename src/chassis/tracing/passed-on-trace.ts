import type { ClientTrace, ServerTrace } from './traces.ts';

/** A trace that is not recorded here: its ids go on to the next process as they came, or as they were made up. */
export class PassedOnTrace implements ClientTrace, ServerTrace {
  readonly traceparent: string;
  readonly tracestate: string | undefined;
  readonly isRoot: boolean;

  constructor(traceparent: string, tracestate: string | undefined, isRoot = false) {
    this.traceparent = traceparent;
    this.tracestate = tracestate;
    this.isRoot = isRoot;
  }

  get isRecording(): boolean {
    return false;
  }

  within<T>(work: () => T): T {
    return work();
  }

  end(): void {
    // There is no span.
  }
}

/** Of a process in which nobody traces: no ids are made, so that the next process decides for itself. */
export const NO_TRACE: ClientTrace & ServerTrace = {
  traceparent: undefined,
  tracestate: undefined,
  isRoot: false,
  isRecording: false,
  within: (work) => work(),
  end: () => undefined,
};

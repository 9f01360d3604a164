import { HEADERS, type Emitter, type Priority } from '../../core/index.ts';
import { overloaded } from '../../resilience/index.ts';
import type { LoadShedder } from '../../shedding/index.ts';
import type { CallHeaders } from '../../transport/index.ts';
import type { ServerCallEvents } from './events.ts';
import { toFailure, type Failure } from './failure.ts';
import type { ServedMethod } from './server-call.ts';

/** Refuses calls that the process has no time for, before anything is made for them. */
export interface Admission {
  /** What the call is answered with at once; undefined: it is let in. For each call once. */
  refuse(served: ServedMethod, headers: CallHeaders): Failure | undefined;
}

/** What it is made of. */
export interface AdmissionParts {
  readonly shedder: LoadShedder;
  readonly events: Emitter<ServerCallEvents>;
  /** ErrorInfo.domain. */
  readonly domain: string;
}

/**
 * Refused calls are neither decoded nor authenticated, traced nor logged, and their answer is made once for many of them: what
 * is not served must not cost what is. They end with UNAVAILABLE, OVERLOADED. A client that may repeat its call is told after
 * how long; for what is sheddable it is told not to (gRFC A6's pushback), because an overload feeds on retries.
 */
export function createAdmission({ shedder, events, domain }: AdmissionParts): Admission {
  const answers = new Map<Priority, { readonly retryMs: number; readonly failure: Failure }>();
  let foreign = 0;

  const answerTo = (priority: Priority, retryMs: number): Failure => {
    const known = answers.get(priority);
    if (known?.retryMs === retryMs) return known.failure;
    const failure = toFailure(overloaded(domain, retryMs), { domain, trailer: undefined, isUnprocessed: false });
    failure.trailer?.set(HEADERS.retryPushback, priority === 'sheddable' ? '-1' : String(retryMs));
    answers.set(priority, { retryMs, failure });
    return failure;
  };
  /** A caller without ids draws a lot for each call. */
  const lotOf = ({ callId }: CallHeaders) => {
    if (callId !== '') return callId;
    foreign += 1;
    return String(foreign);
  };

  return {
    refuse({ path, priority: own }, headers) {
      if (own === 'exempt') return undefined;
      const priority = headers.priority ?? own;
      const retryMs = shedder.admit(priority, lotOf(headers));
      if (retryMs === undefined) return undefined;
      events.emit('shed', { method: path, priority });
      return answerTo(priority, retryMs);
    },
  };
}

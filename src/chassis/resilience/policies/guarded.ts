import type { Events } from '../../core/index.ts';
import type { BulkheadStatus } from '../bulkhead.ts';
import type { BreakerState } from '../circuit-breaker.ts';
import type { PolicyEvents } from './policy.ts';

/** Where a breaker stands, for gauges and for people. */
export interface BreakerStatus {
  /** What it guards: "POST /v1/authorizations". */
  readonly subject: string;
  readonly state: BreakerState;
  /** Refused since it was made. */
  readonly rejections: number;
}

/** Where breakers and bulkheads stand. */
export interface GuardStatus {
  readonly breakers: readonly BreakerStatus[];
  readonly bulkheads: readonly BulkheadStatus[];
}

/** Something that policies guard, for whoever looks on: telemetry, the admin port. A Policy is one, without a status. */
export interface Guarded {
  readonly events: Events<PolicyEvents>;
  status?(): GuardStatus;
}

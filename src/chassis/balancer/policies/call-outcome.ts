import { STATUS_CODES } from '../../core/index.ts';

/**
 * What a call's status says of the endpoint. `answered`: it did its work, also when it said no. `failed`: it, or the way
 * to it, did not. `none`: the caller gave up, which says nothing.
 */
export type CallOutcome = 'answered' | 'failed' | 'none';

const FAILED: ReadonlySet<number> = new Set([
  STATUS_CODES.UNKNOWN,
  STATUS_CODES.DEADLINE_EXCEEDED,
  STATUS_CODES.RESOURCE_EXHAUSTED,
  STATUS_CODES.UNIMPLEMENTED, // an instance of an older version: others may have the method
  STATUS_CODES.INTERNAL,
  STATUS_CODES.UNAVAILABLE,
  STATUS_CODES.DATA_LOSS,
]);

/** Of a gRPC status number. */
export function callOutcome(code: number): CallOutcome {
  if (code === STATUS_CODES.CANCELLED) return 'none';
  return FAILED.has(code) ? 'failed' : 'answered';
}

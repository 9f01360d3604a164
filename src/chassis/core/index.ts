export { abortError, raceAbort, throwIfAborted } from './abort.ts';
export { createBell, type Bell } from './bell.ts';
export { DEFAULT_BACKOFF, backoffMs, type BackoffOptions } from './backoff.ts';
export {
  backgroundCall,
  currentCall,
  describeCall,
  runInCall,
  type CallContext,
  type CallFacts,
  type CallTrace,
  type Principal,
} from './call-context.ts';
export { systemClock, type Clock, type Timer } from './clock.ts';
export { createDeadlineWheel, type DeadlineEntry, type DeadlineWheel } from './deadline-wheel.ts';
export { createDeferred, type Deferred } from './deferred.ts';
export { createEmitter, type Emitter, type Events } from './emitter.ts';
export {
  AppError,
  assertNever,
  invalidArgument,
  isAbortError,
  type AppErrorOptions,
  type ErrorDetail,
  type FieldViolation,
  type PreconditionViolation,
  type QuotaViolation,
} from './errors.ts';
export { hostOf } from './host-of.ts';
export { HEADERS } from './headers.ts';
export { applyFieldMask, maskedFields, type MaskedUpdate } from './field-mask.ts';
export { idParser, isUuid, newId, type Branded, type NewId } from './ids.ts';
export { keepAlive } from './keep-alive.ts';
export { PRIORITIES, parsePriority, type Priority } from './priority.ts';
export { randomInteger, systemRandom, type Random } from './random.ts';
export { isPermanent, STATUS_CODES, statusName, type ErrorStatus, type StatusName } from './status.ts';

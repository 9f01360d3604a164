/**
 * The canonical gRPC status codes and their numbers on the wire.
 * Source: https://grpc.io/docs/guides/status-codes/
 */
export const STATUS_CODES = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** The name of a canonical status. */
export type StatusName = keyof typeof STATUS_CODES;

/** A status that says a call failed. */
export type ErrorStatus = Exclude<StatusName, 'OK'>;

const NAMES = new Map<number, StatusName>(
  Object.entries(STATUS_CODES).map(([name, code]) => [code, name as StatusName]), // keys of the table above
);

/** The name of a status number; UNKNOWN for a number outside the table, as gRPC asks of clients. */
export function statusName(code: number): StatusName {
  return NAMES.get(code) ?? 'UNKNOWN';
}

const PERMANENT: ReadonlySet<ErrorStatus> = new Set([
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'FAILED_PRECONDITION',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'DATA_LOSS',
  'UNAUTHENTICATED',
]);

/** Whether who answers so says that the same command will fail again; all other statuses are worth another attempt. */
export function isPermanent(status: ErrorStatus): boolean {
  return PERMANENT.has(status);
}

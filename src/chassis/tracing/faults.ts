import { STATUS_CODES, type StatusName } from '../core/index.ts';

/** Statuses that are the server's fault. Source: OpenTelemetry's semantic conventions for gRPC servers. */
const FAULTS: ReadonlySet<StatusName> = new Set([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

const FAULT_CODES: ReadonlySet<number> = new Set([...FAULTS].map((name) => STATUS_CODES[name]));

/** Whether a status says that something is wrong with the server, not with the request. */
export function isServerFault(status: StatusName): boolean {
  return FAULTS.has(status);
}

/** The same of a gRPC status number. */
export function isServerFaultCode(code: number): boolean {
  return FAULT_CODES.has(code);
}

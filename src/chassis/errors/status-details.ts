import { ErrorInfo } from '../../../gen/google/rpc/error_details.ts';
import { Status } from '../../../gen/google/rpc/status.ts';
import { AppError, statusName, type ErrorDetail } from '../core/index.ts';
import { kindByTypeName, kindOf } from './detail-kinds.ts';

const TYPE_URL = 'type.googleapis.com/';
const ERROR_INFO = 'google.rpc.ErrorInfo';

/** Reasons that mean the same in every process: whoever gives one, its domain is the suite's. */
const SHARED_DOMAIN = 'tradewind';
const SHARED_REASONS: ReadonlySet<string> = new Set([
  'VALIDATION_FAILED',
  'REQUEST_ID_REUSED',
  'PAGE_TOKEN_INVALID',
  'UNKNOWN_FIELD_PATH',
  'ETAG_MISMATCH',
  'UNAUTHENTICATED',
  'ACCESS_DENIED',
  'DEADLINE_EXCEEDED',
  'CANCELLED',
  'INTERNAL',
]);

/** What gRPC itself says about a failed call, beside its details. */
export interface WireStatus {
  /** The number in `grpc-status`. */
  readonly code: number;
  /** The text in `grpc-message`. */
  readonly message: string;
  /** Becomes the error's. Default false. */
  readonly isRetried?: boolean;
  /** Becomes the error's cause. */
  readonly cause?: unknown;
}

/** The error as google.rpc.Status: ErrorInfo first, always, then its details. */
export function toStatus(error: AppError, defaultDomain: string): Status {
  const any = (typeName: string, value: Uint8Array) => ({ typeUrl: TYPE_URL + typeName, value: Buffer.from(value) });
  return {
    code: error.code,
    message: error.message,
    details: [
      any(ERROR_INFO, ErrorInfo.encode(errorInfo(error, defaultDomain)).finish()),
      ...error.details.map((detail) => {
        const kind = kindOf(detail);
        return any(kind.typeName, kind.codec.encode(kind.toMessage(detail)).finish());
      }),
    ],
  };
}

/** The value of `grpc-status-details-bin` for this error. `defaultDomain` ("order.tradewind") names whose reason it is. */
export function toStatusDetails(error: AppError, defaultDomain: string): Uint8Array {
  return Status.encode(toStatus(error, defaultDomain)).finish();
}

/** The error as google.rpc.Status in proto3 JSON, each detail with its "@type": the body of an HTTP answer. */
export function toStatusJson(error: AppError, defaultDomain: string): Record<string, unknown> {
  const json = (typeName: string, fields: unknown) => ({ '@type': TYPE_URL + typeName, ...(fields as object) });
  return {
    code: error.code,
    message: error.message,
    details: [
      json(ERROR_INFO, ErrorInfo.toJSON(errorInfo(error, defaultDomain))),
      ...error.details.map((detail) => {
        const kind = kindOf(detail);
        return json(kind.typeName, kind.toJson?.(detail) ?? kind.codec.toJSON(kind.toMessage(detail)));
      }),
    ],
  };
}

/**
 * The error a caller throws for a failed call. Status and message are the transport's; reason, domain, metadata and
 * details come from `grpc-status-details-bin` where the peer sent one. Bytes that do not decode and details of unknown
 * types are passed over: a reason is then the status's own name, and the domain stays unknown.
 */
export function fromStatusDetails(bytes: Uint8Array | undefined, wire: WireStatus): AppError {
  const status = statusName(wire.code);
  const { info, details } = decode(bytes);
  return new AppError({
    status: status === 'OK' ? 'UNKNOWN' : status,
    reason: info === undefined || info.reason === '' ? status : info.reason,
    message: wire.message,
    details,
    isRetried: wire.isRetried ?? false,
    ...(info === undefined ? {} : { domain: info.domain, metadata: info.metadata }),
    ...(wire.cause === undefined ? {} : { cause: wire.cause }),
  });
}

function errorInfo(error: AppError, defaultDomain: string): ErrorInfo {
  return { reason: error.reason, domain: domainOf(error, defaultDomain), metadata: { ...error.metadata } };
}

/** Whose reason an error's is, as callers in other processes are told; `defaultDomain`: the process's own, "order.tradewind". */
export function domainOf({ domain, reason }: AppError, defaultDomain: string): string {
  return domain ?? (SHARED_REASONS.has(reason) ? SHARED_DOMAIN : defaultDomain);
}

function decode(bytes: Uint8Array | undefined): { info: ErrorInfo | undefined; details: ErrorDetail[] } {
  let info: ErrorInfo | undefined;
  const details: ErrorDetail[] = [];
  if (bytes === undefined) return { info, details };
  try {
    for (const { typeUrl, value } of Status.decode(bytes).details) {
      const typeName = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
      if (typeName === ERROR_INFO) info = ErrorInfo.decode(value);
      else {
        const kind = kindByTypeName(typeName);
        if (kind !== undefined) details.push(kind.fromMessage(kind.codec.decode(value)));
      }
    }
  } catch {
    // Bytes from a foreign peer: what was read so far is all there is; the status itself is still true.
  }
  return { info, details };
}

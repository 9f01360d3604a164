import type { AppError, ErrorStatus } from '../core/index.ts';

/** Source: google/rpc/code.proto, "HTTP Mapping". */
const HTTP_STATUS: Readonly<Record<ErrorStatus, number>> = {
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
  UNAUTHENTICATED: 401,
};

/** What HTTP knows better than gRPC. */
const BY_REASON: Readonly<Record<string, number>> = {
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  HEADERS_TOO_LARGE: 431,
};

/** The HTTP status of an error. */
export function httpStatusOf(error: AppError): number {
  return BY_REASON[error.reason] ?? HTTP_STATUS[error.status];
}

/** Headers that tell an HTTP client what the error means for it. */
export function errorHeaders(error: AppError): Record<string, string> {
  const retry = error.details.find((detail) => detail.kind === 'retryInfo');
  return {
    ...(error.status === 'UNAUTHENTICATED' && { 'www-authenticate': 'Bearer' }),
    ...(error.reason === 'METHOD_NOT_ALLOWED' && { allow: error.metadata['allow'] ?? '' }),
    ...(retry?.kind === 'retryInfo' && { 'retry-after': String(Math.ceil(retry.retryDelayMs / 1000)) }),
  };
}

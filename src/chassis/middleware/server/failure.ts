import { Metadata } from 'nice-grpc-common';

import { AppError, HEADERS, type ErrorDetail } from '../../core/index.ts';
import { toStatusDetails } from '../../errors/index.ts';
import type { UnaryAnswer } from '../../transport/index.ts';

/** What a caller is told of a call that failed. */
export type Failure = Extract<UnaryAnswer, { kind: 'failure' }>;

/** Characters; on the wire one is up to nine bytes. */
const MAX_MESSAGE_LENGTH = 2_048;
/** Of `grpc-status-details-bin` before base64. A header block that a peer does not take ends its connection, with all its calls. */
const MAX_DETAILS_BYTES = 16 * 1024;
/** Of each detail that lists them, when all of them are too many. */
const MAX_VIOLATIONS = 32;

/**
 * An error as a gRPC status with google.rpc details beside what the handler put into the trailer. `domain` is
 * ErrorInfo.domain where the error names none. A failure that was tried again below asks the caller not to. What is too long for a peer is cut, and details that cannot be encoded are
 * left out: status and reason arrive in any case.
 */
export function toFailure(
  error: AppError,
  { domain, trailer, isUnprocessed }: { domain: string; trailer: Metadata | undefined; isUnprocessed: boolean },
): Failure {
  const message = presentable(error.message);
  const withDetails = Metadata(trailer).set(HEADERS.statusDetails, detailsOf(error, message, domain));
  if (error.isRetried) withDetails.set(HEADERS.retryPushback, '-1').set(HEADERS.retried, '1');
  return { kind: 'failure', code: error.code, message, trailer: withDetails, isUnprocessed };
}

/** Half a character, which cutting a text leaves behind, is nothing that `grpc-message` can say: grpc-js throws for it. */
function presentable(message: string): string {
  const short = message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : message;
  return short.toWellFormed();
}

function detailsOf(error: AppError, message: string, domain: string): Uint8Array {
  const { status, reason, details } = error;
  const own = { status, reason, message, ...(error.domain === undefined ? {} : { domain: error.domain }) };
  const candidates = [
    () => (message === error.message ? error : new AppError({ ...own, metadata: error.metadata, details })),
    () => new AppError({ ...own, metadata: error.metadata, details: details.map(shorten) }),
    () => new AppError({ ...own, metadata: error.metadata }),
    () => new AppError(own),
  ];
  for (const candidate of candidates) {
    const bytes = encode(candidate(), domain);
    if (bytes !== undefined && bytes.length <= MAX_DETAILS_BYTES) return bytes;
  }
  return toStatusDetails(new AppError({ status, reason: 'INTERNAL', message }), domain);
}

function encode(error: AppError, domain: string): Uint8Array | undefined {
  try {
    return toStatusDetails(error, domain);
  } catch {
    return undefined; // a detail with a value that its message does not have: the rest of the error is still true
  }
}

function shorten(detail: ErrorDetail): ErrorDetail {
  if (!('violations' in detail)) return detail;
  return { ...detail, violations: detail.violations.slice(0, MAX_VIOLATIONS) } as ErrorDetail; // fewer, of the same kind
}

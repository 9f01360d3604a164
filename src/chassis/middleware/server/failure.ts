import { Metadata } from 'nice-grpc-common';

import { HEADERS, type AppError } from '../../core/index.ts';
import { toStatusDetails } from '../../errors/index.ts';
import type { UnaryAnswer } from '../../transport/index.ts';

/** What a caller is told of a call that failed. */
export type Failure = Extract<UnaryAnswer, { kind: 'failure' }>;

/**
 * An error as a gRPC status with google.rpc details beside what the handler put into the trailer. `domain` is
 * ErrorInfo.domain where the error names none.
 */
export function toFailure(
  error: AppError,
  { domain, trailer, isUnprocessed }: { domain: string; trailer: Metadata | undefined; isUnprocessed: boolean },
): Failure {
  const withDetails = Metadata(trailer).set(HEADERS.statusDetails, toStatusDetails(error, domain));
  return { kind: 'failure', code: error.code, message: error.message, trailer: withDetails, isUnprocessed };
}

import { ClientError } from 'nice-grpc-common';

import type { AppError } from '../../core/index.ts';

/**
 * An attempt that ended before anything was sent: the picker had nobody to send it to. It is a ClientError so that
 * nice-grpc's retry middleware knows it, and safe to retry whatever the method's idempotency.
 */
export class PickError extends ClientError {
  readonly error: AppError;

  constructor(path: string, error: AppError) {
    super(path, error.code, error.message);
    this.error = error;
  }
}

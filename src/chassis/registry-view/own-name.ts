import { AppError, currentCall } from '../core/index.ts';

/**
 * Lets a program list itself and nobody else: throws PERMISSION_DENIED (CALLER_NOT_ALLOWED) where its certificate names
 * another process. Over plain text, and at the admin port, nobody's name is known.
 */
export function assertOwnName(process: string): void {
  const caller = currentCall()?.caller;
  if (caller === undefined || caller === process) return;
  throw new AppError({
    status: 'PERMISSION_DENIED',
    reason: 'CALLER_NOT_ALLOWED',
    message: `${caller} may not list instances of ${process}`,
    domain: 'tradewind',
    metadata: { caller, process },
  });
}

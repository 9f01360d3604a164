import { AppError } from '../../core/index.ts';
import type { ServerPart } from './part.ts';

/**
 * Holds every call to who may make it by the contract, where mutual TLS says who it is: others are refused with
 * PERMISSION_DENIED (CALLER_NOT_ALLOWED). A process that calls for users only gets no further without a token than
 * everybody does, UNAUTHENTICATED: it must not be taken for one inside the suite. Over plain text nobody's name is known.
 */
export const callers: ServerPart = {
  enter(call) {
    const { caller, served, incoming } = call;
    if (caller === undefined) return;
    const standing = served.callers.standingOf(caller);
    if (standing === undefined) throw callerNotAllowed(caller, served.path);
    const isForNobody = standing === 'for users' && incoming.headers.authorization === undefined;
    if (isForNobody && served.access !== 'public') throw tokenMissing(caller);
  },
};

function callerNotAllowed(caller: string, method: string): AppError {
  return new AppError({
    status: 'PERMISSION_DENIED',
    reason: 'CALLER_NOT_ALLOWED',
    message: `${caller} may not call ${method}`,
    domain: 'tradewind',
    metadata: { caller, method },
  });
}

function tokenMissing(caller: string): AppError {
  return new AppError({
    status: 'UNAUTHENTICATED',
    reason: 'UNAUTHENTICATED',
    message: `${caller} calls for users, and this call carries nobody's token`,
    domain: 'tradewind',
  });
}

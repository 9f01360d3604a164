import type { CallContext as WireContext, ServerMiddleware, ServerMiddlewareCall } from 'nice-grpc-common';

import type { Contract } from '../../contract/index.ts';
import { currentCall } from '../../core/index.ts';
import { assertAdmin } from '../../security/index.ts';

/**
 * Holds every call to the access level of the contract, whichever way it came: what is for administrators is refused to
 * other principals with PERMISSION_DENIED (ACCESS_DENIED). A call without a principal comes from inside the suite. Whose
 * a resource is stays the handler's question.
 */
export function accessMiddleware(contract: Pick<Contract, 'method'>): ServerMiddleware {
  return function access<Request, Response>(call: ServerMiddlewareCall<Request, Response>, wire: WireContext) {
    const level = contract.method(call.method.path)?.access ?? 'admin';
    if (level === 'admin') assertAdmin(currentCall()?.principal);
    return call.next(call.request, wire);
  };
}

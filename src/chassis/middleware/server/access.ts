import { assertAdmin } from '../../security/index.ts';
import type { ServerPart } from './part.ts';

/**
 * Holds every call to the access level of the contract, whichever way it came: what is for administrators is refused to
 * other principals with PERMISSION_DENIED (ACCESS_DENIED). A call without a principal comes from inside the suite. Whose
 * a resource is stays the handler's question.
 */
export const access: ServerPart = {
  enter(call) {
    if (call.served.access === 'admin') assertAdmin(call.principal);
  },
};

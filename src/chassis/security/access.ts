import { AppError, type Principal } from '../core/index.ts';

/** The role that may act for everybody. */
const ADMIN = 'admin';

/**
 * Throws PERMISSION_DENIED (ACCESS_DENIED) unless the caller may act on what belongs to `ownerId`: its owner, an
 * administrator, or a caller inside the suite, who has no principal. `ownerId` undefined: it belongs to nobody.
 */
export function assertMayAct(principal: Principal | undefined, ownerId: string | undefined): void {
  if (principal === undefined || principal.roles.includes(ADMIN)) return;
  if (ownerId !== undefined && principal.userId === ownerId) return;
  throw accessDenied('the caller may not act on what belongs to another user');
}

/** Throws PERMISSION_DENIED (ACCESS_DENIED) unless the caller is an administrator or inside the suite. */
export function assertAdmin(principal: Principal | undefined): void {
  if (principal === undefined || principal.roles.includes(ADMIN)) return;
  throw accessDenied('only administrators may do this');
}

/**
 * Who gives a command that is an administrator's: a user id, or "internal" for a caller inside the suite. Throws PERMISSION_DENIED (ACCESS_DENIED)
 * for anybody else.
 */
export function administratorOf(principal: Principal | undefined): string {
  assertAdmin(principal);
  return principal?.userId ?? 'internal';
}

/**
 * Whose resources a list shows: those asked for, or, for a customer, the own ones; undefined: everybody's. `requested`
 * empty: nobody in particular was asked for. Throws PERMISSION_DENIED (ACCESS_DENIED) for another user's.
 */
export function ownerToList(principal: Principal | undefined, requested: string): string | undefined {
  const wanted = requested === '' ? undefined : requested.toLowerCase();
  if (principal === undefined || principal.roles.includes(ADMIN)) return wanted;
  assertMayAct(principal, wanted ?? principal.userId);
  return principal.userId;
}

function accessDenied(message: string): AppError {
  return new AppError({ status: 'PERMISSION_DENIED', reason: 'ACCESS_DENIED', message, domain: 'tradewind' });
}

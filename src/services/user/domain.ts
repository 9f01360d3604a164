import { AppError, idParser, invalidArgument, type Branded, type Principal } from '../../chassis/core/index.ts';

/** The id of an account. */
export type UserId = Branded<'UserId'>;

/** Reads an account's id from a request. */
export const parseUserId = idParser<'UserId'>('user_id');

/** Whether an account can be used. */
export type AccountState = 'ACTIVE' | 'SUSPENDED';

/** A postal address, as the contract has it. */
export interface Address {
  readonly recipient: string;
  readonly lines: readonly string[];
  readonly city: string;
  readonly postalCode: string;
  readonly region: string;
  readonly countryCode: string;
}

/** An account that is not closed. */
export interface Account {
  readonly id: UserId;
  readonly email: string;
  readonly displayName: string;
  readonly phone: string;
  readonly defaultAddress: Address | undefined;
  /** Lower case: "customer", "admin". */
  readonly roles: readonly string[];
  readonly state: AccountState;
  /** Counts the changes. */
  readonly version: bigint;
  readonly createTime: Date;
  readonly updateTime: Date;
}

/** What UpdateUser can change. */
export type AccountChange = Partial<Pick<Account, 'displayName' | 'phone' | 'defaultAddress' | 'state'>>;

/** Addresses differ only in case on paper: they are kept and compared in lower case. */
export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** The account after the change. Throws PERMISSION_DENIED where a customer would change a state, INVALID_ARGUMENT for no name. */
export function changeAccount(account: Account, change: AccountChange, principal: Principal | undefined): Account {
  if (change.state !== undefined && change.state !== account.state && isCustomer(principal)) {
    throw new AppError({
      status: 'PERMISSION_DENIED',
      reason: 'ACCESS_DENIED',
      message: 'only administrators change the state of an account',
    });
  }
  if (change.displayName === '') {
    throw invalidArgument([{ field: 'user.display_name', description: 'must not be empty', reason: 'string.min_len' }]);
  }
  return { ...account, ...change };
}

const isCustomer = (principal: Principal | undefined): boolean =>
  principal !== undefined && !principal.roles.includes('admin');

/** Throws PERMISSION_DENIED (USER_SUSPENDED) for an account that may not be used now. */
export function assertActive(account: Pick<Account, 'id' | 'state'>): void {
  if (account.state === 'ACTIVE') return;
  throw new AppError({
    status: 'PERMISSION_DENIED',
    reason: 'USER_SUSPENDED',
    message: 'the account is suspended',
    metadata: { user_id: account.id },
  });
}

/** NOT_FOUND that names the account. */
export function userNotFound(id: string): AppError {
  return new AppError({
    status: 'NOT_FOUND',
    reason: 'USER_NOT_FOUND',
    message: `no user has the id ${id}`,
    metadata: { user_id: id },
    details: [{ kind: 'resourceInfo', resourceType: 'tradewind.user.v1.User', resourceName: id }],
  });
}

/** ALREADY_EXISTS; says no more than the caller knew. */
export function emailTaken(): AppError {
  return new AppError({
    status: 'ALREADY_EXISTS',
    reason: 'EMAIL_TAKEN',
    message: 'another account has this e-mail address',
  });
}

/** UNAUTHENTICATED, the same for an unknown address and a wrong password. */
export function invalidCredentials(): AppError {
  return new AppError({
    status: 'UNAUTHENTICATED',
    reason: 'INVALID_CREDENTIALS',
    message: 'the e-mail address and password do not belong together',
  });
}

/** UNAUTHENTICATED for a refresh token that is unknown, ended or past its end. */
export function refreshTokenInvalid(): AppError {
  return new AppError({
    status: 'UNAUTHENTICATED',
    reason: 'REFRESH_TOKEN_INVALID',
    message: 'the refresh token is unknown or past its end; sign in again',
  });
}

/** UNAUTHENTICATED for a refresh token's second use, which ends its family (RFC 9700, section 4.14). */
export function refreshTokenReused(): AppError {
  return new AppError({
    status: 'UNAUTHENTICATED',
    reason: 'REFRESH_TOKEN_REUSED',
    message: 'the refresh token was used before: its session is ended; sign in again',
  });
}

/** RESOURCE_EXHAUSTED: argon2 costs what it costs, and too many wait for it. */
export function passwordsBusy(): AppError {
  return new AppError({
    status: 'RESOURCE_EXHAUSTED',
    reason: 'PASSWORDS_BUSY',
    message: 'too many passwords are being checked; try again in a moment',
    details: [{ kind: 'retryInfo', retryDelayMs: 1_000 }],
  });
}

import { Role, User, UserState } from '../../../gen/tradewind/user/v1/user.ts';
import { etagOf } from '../../chassis/store/index.ts';
import type { Account, AccountState, Address } from './domain.ts';

const ROLES: Readonly<Record<string, Role>> = { customer: Role.ROLE_CUSTOMER, admin: Role.ROLE_ADMIN };

/** The account as the contract shows it. */
export function toUser(account: Account): User {
  return User.fromPartial({
    id: account.id,
    email: account.email,
    displayName: account.displayName,
    roles: account.roles.flatMap((role) => ROLES[role] ?? []),
    state: account.state === 'ACTIVE' ? UserState.USER_STATE_ACTIVE : UserState.USER_STATE_SUSPENDED,
    ...(account.defaultAddress && {
      defaultAddress: { ...account.defaultAddress, lines: [...account.defaultAddress.lines] },
    }),
    phone: account.phone,
    createTime: account.createTime,
    updateTime: account.updateTime,
    etag: etagOf(account.version),
  });
}

/** The state that a request names; undefined for "unspecified". */
export function fromUserState(state: UserState): AccountState | undefined {
  if (state === UserState.USER_STATE_ACTIVE) return 'ACTIVE';
  if (state === UserState.USER_STATE_SUSPENDED) return 'SUSPENDED';
  return undefined;
}

/** The address without what the wire adds to it. */
export function fromAddress(address: Address | undefined): Address | undefined {
  return address && { ...address, lines: [...address.lines] };
}

import { describe, expect, it } from '@jest/globals';

import {
  assertActive,
  changeAccount,
  normalizeEmail,
  parseUserId,
  type Account,
} from '../../../src/services/user/domain.ts';

const account: Account = {
  id: parseUserId('0190a0a0-0000-7000-8000-000000000001'),
  email: 'ada@example.com',
  displayName: 'Ada',
  phone: '',
  defaultAddress: undefined,
  roles: ['customer'],
  state: 'ACTIVE',
  version: 1n,
  createTime: new Date(0),
  updateTime: new Date(0),
};
const customer = { userId: account.id, roles: ['customer'] };
const administrator = { userId: 'root', roles: ['customer', 'admin'] };

describe('changeAccount', () => {
  it('changes what is named and nothing else', () => {
    expect(changeAccount(account, { phone: '+4930123456' }, customer)).toEqual({ ...account, phone: '+4930123456' });
  });

  it('lets administrators and the suite itself change a state, and customers say what it is', () => {
    const change = { state: 'SUSPENDED' } as const;
    for (const principal of [administrator, undefined]) {
      expect(changeAccount(account, change, principal).state).toBe('SUSPENDED');
    }
    expect(changeAccount(account, { state: 'ACTIVE' }, customer)).toEqual(account);
    expect(() => changeAccount(account, change, customer)).toThrow(
      expect.objectContaining({ reason: 'ACCESS_DENIED' }),
    );
  });

  it('keeps a name', () => {
    expect(() => changeAccount(account, { displayName: '' }, undefined)).toThrow(/display_name/);
  });
});

describe('assertActive', () => {
  it('refuses a suspended account by its id', () => {
    expect(() => assertActive(account)).not.toThrow();
    expect(() => assertActive({ ...account, state: 'SUSPENDED' })).toThrow(
      expect.objectContaining({ reason: 'USER_SUSPENDED', metadata: { user_id: account.id } }),
    );
  });
});

describe('normalizeEmail', () => {
  it('writes one address one way', () => {
    expect(normalizeEmail(' Ada.Lovelace@EXAMPLE.com ')).toBe('ada.lovelace@example.com');
  });
});

import { describe, expect, it } from '@jest/globals';

import { assertAdmin, assertMayAct, ownerToList } from '../../../../src/chassis/security/index.ts';

const customer = { userId: 'u-1', roles: ['customer'] };
const admin = { userId: 'u-9', roles: ['customer', 'admin'] };
const denied = expect.objectContaining({ status: 'PERMISSION_DENIED', reason: 'ACCESS_DENIED' });

describe('assertMayAct', () => {
  it.each([
    ['the owner', customer, 'u-1'],
    ['an administrator', admin, 'u-1'],
    ['an administrator on what nobody owns', admin, undefined],
    ['a caller inside the suite', undefined, 'u-1'],
  ])('lets %s act', (_who, principal, owner) => {
    expect(() => assertMayAct(principal, owner)).not.toThrow();
  });

  it.each([
    ['another user', 'u-2'],
    ['a user on what nobody owns', undefined],
  ])('refuses %s', (_who, owner) => {
    expect(() => assertMayAct(customer, owner)).toThrow(denied);
  });
});

describe('assertAdmin', () => {
  it('lets administrators and callers inside the suite pass, and nobody else', () => {
    expect(() => assertAdmin(admin)).not.toThrow();
    expect(() => assertAdmin(undefined)).not.toThrow();
    expect(() => assertAdmin(customer)).toThrow(denied);
  });
});

describe('ownerToList', () => {
  it('shows a customer the own ones, asked for or not, and refuses those of others', () => {
    expect(ownerToList(customer, '')).toBe('u-1');
    expect(ownerToList(customer, 'u-1')).toBe('u-1');
    expect(() => ownerToList(customer, 'u-2')).toThrow(denied);
  });

  it.each([
    ['an administrator', admin],
    ['a caller inside the suite', undefined],
  ])("shows %s anybody's", (_who, principal) => {
    expect(ownerToList(principal, '')).toBeUndefined();
    expect(ownerToList(principal, 'U-2')).toBe('u-2');
  });
});

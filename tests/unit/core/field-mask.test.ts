import { describe, expect, it } from '@jest/globals';

import { applyFieldMask } from '../../../src/chassis/core/index.ts';

const current = {
  id: '1',
  displayName: 'Ann',
  phone: '123',
  tags: ['a'],
  count: 2n,
  labels: { a: 'b' } as Record<string, string>,
};
const blank = {
  id: '',
  displayName: '',
  phone: '',
  tags: [] as string[],
  count: 0n,
  labels: {} as Record<string, string>,
};
const fields = ['displayName', 'phone', 'tags', 'count', 'labels'] as const;

describe('applyFieldMask', () => {
  it('changes the named fields only', () => {
    const changes = { ...blank, displayName: 'Bea', phone: '456' };
    expect(applyFieldMask(current, { mask: ['display_name'], changes, fields })).toEqual({
      ...current,
      displayName: 'Bea',
    });
  });

  it('understands the camel case of JSON', () => {
    const changes = { ...blank, displayName: 'Bea' };
    expect(applyFieldMask(current, { mask: ['displayName'], changes, fields }).displayName).toBe('Bea');
  });

  it('empties a field that is named but not set', () => {
    expect(applyFieldMask(current, { mask: ['phone', 'tags'], changes: blank, fields })).toEqual({
      ...current,
      phone: '',
      tags: [],
    });
  });

  it.each([[[]], [undefined]])('takes the mask %j for every field that is set', (mask) => {
    const changes = { ...blank, id: '2', phone: '456', count: 1n };
    expect(applyFieldMask(current, { mask, changes, fields })).toEqual({ ...current, phone: '456', count: 1n });
  });

  it('refuses each path that is unknown or cannot be changed', () => {
    expect(() => applyFieldMask(current, { mask: ['phone', 'id', 'nope', '*'], changes: blank, fields })).toThrow(
      expect.objectContaining({
        status: 'INVALID_ARGUMENT',
        reason: 'UNKNOWN_FIELD_PATH',
        details: [
          {
            kind: 'badRequest',
            violations: ['id', 'nope', '*'].map((path) =>
              expect.objectContaining({ field: 'update_mask', description: expect.stringContaining(path) }),
            ),
          },
        ],
      }),
    );
  });
});

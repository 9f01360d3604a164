import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { loadContract } from '../../../src/chassis/contract/index.ts';
import { matchPath, parsePathTemplate } from '../../../src/gateway/path-template.ts';
import { routesOf } from '../../../src/gateway/routes.ts';

const match = (template: string, path: string) => {
  const values = matchPath(parsePathTemplate(template), path);
  return values && Object.fromEntries(values);
};

describe('matchPath', () => {
  it.each([
    ['/v1/users', '/v1/users', {}],
    ['/v1/users/{user_id}', '/v1/users/42', { user_id: '42' }],
    ['/v1/users/{user.id}', '/v1/users/42', { 'user.id': '42' }],
    ['/v1/users/{user_id}', '/v1/users/a%2Fb%20c', { user_id: 'a/b c' }],
    ['/v1/orders/{order_id}:cancel', '/v1/orders/42:cancel', { order_id: '42' }],
    ['/v1/orders/{order_id}:cancel', '/v1/orders/a:b:cancel', { order_id: 'a:b' }],
    ['/v1/payments/{payment_id}/transactions', '/v1/payments/7/transactions', { payment_id: '7' }],
  ])('%s takes %s', (template, path, values) => {
    expect(match(template, path)).toEqual(values);
  });

  it.each([
    ['/v1/users', '/v1/users/'],
    ['/v1/users', '/v1/Users'],
    ['/v1/users', '//v1/users'],
    ['/v1/users', '/v1/./users'],
    ['/v1/users/{user_id}', '/v1/users/'],
    ['/v1/users/{user_id}', '/v1/users/a/b'],
    ['/v1/users/{user_id}', '/v1/users/%zz'],
    ['/v1/users/{user_id}', '/v1/users/%ff'],
    ['/v1/orders/{order_id}:cancel', '/v1/orders/42'],
    ['/v1/orders/{order_id}:cancel', '/v1/orders/:cancel'],
    ['/v1/orders/{order_id}:cancel', '/v1/orders/42:cancelled'],
    ['/v1/auth:signIn', '/v1/auth'],
    ['/v1/auth:signIn', '/v1/auth%3AsignIn'],
  ])('%s does not take %s', (template, path) => {
    expect(match(template, path)).toBeUndefined();
  });

  it('reads back every value that was percent-encoded into any route of the contract', async () => {
    const templates = routesOf(await loadContract()).map(({ template }) => template);
    const value = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(
        fc.constantFrom(...templates),
        fc.array(value, { minLength: 4, maxLength: 4 }),
        (template, values) => {
          const expected = new Map<string, string>();
          const parts = template.segments.map((segment, index) => {
            if (segment.kind === 'literal') return segment.text;
            expected.set(segment.field, values[index] ?? '');
            return encodeURIComponent(values[index] ?? '');
          });
          const verb = template.verb === '' ? '' : `:${template.verb}`;
          expect(matchPath(template, `/${parts.join('/')}${verb}`)).toEqual(expected);
        },
      ),
    );
  });

  it('never throws, whatever the path', async () => {
    const templates = routesOf(await loadContract()).map(({ template }) => template);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        for (const template of templates) matchPath(template, `/${path}`);
      }),
    );
  });
});

describe('parsePathTemplate', () => {
  it.each(['v1/users', '/v1/{a=**}', '/v1/*', '/v1/{user_id}x', '/v1/{}', '/v1/a:b:c'])(
    'refuses %s, which our contracts do not use',
    (template) => {
      expect(() => parsePathTemplate(template)).toThrow(/unsupported/);
    },
  );
});

import { fromBinary, toJson } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';

import { loadContract } from '../../../src/chassis/contract/index.ts';
import type { AppError } from '../../../src/chassis/core/index.ts';
import { GetUserResponse } from '../../../gen/tradewind/user/v1/user.ts';
import { parseJsonBody } from '../../../src/gateway/json-body.ts';
import { findRoute, routesOf } from '../../../src/gateway/routes.ts';
import { requestTarget } from '../../../src/gateway/request-target.ts';
import { createTranscoder } from '../../../src/gateway/transcoder.ts';

const contract = await loadContract();
const routes = routesOf(contract);
const transcoder = createTranscoder(contract);

/** The request message of an HTTP request, as canonical proto3 JSON. */
function transcode(verb: string, url: string, body?: string): unknown {
  const { path, query } = requestTarget(url);
  const match = findRoute(routes, verb, path);
  const bytes = transcoder.toRequest(match, query, parseJsonBody(Buffer.from(body ?? '')));
  return toJson(match.route.method.input, fromBinary(match.route.method.input, bytes));
}

function refusal(verb: string, url: string, body?: string): AppError {
  try {
    transcode(verb, url, body);
  } catch (error) {
    return error as AppError; // all that a transcoder throws
  }
  throw new Error('it was taken');
}

describe('createTranscoder().toRequest', () => {
  it.each<[string, string, string, string | undefined, unknown]>([
    ['a path variable', 'GET', '/v1/users/42', undefined, { userId: '42' }],
    ['a percent-encoded one', 'GET', '/v1/users/a%20b%2Fc', undefined, { userId: 'a b/c' }],
    ['a nested one beside a body', 'PATCH', '/v1/users/42', '{"phone":"1"}', { user: { id: '42', phone: '1' } }],
    ['one that the body says otherwise', 'PATCH', '/v1/users/42', '{"id":"7"}', { user: { id: '42' } }],
    ['a member of a oneof', 'POST', '/v1/payments/7:void', '{"requestId":"r"}', { requestId: 'r', paymentId: '7' }],
    ['the same without the variable', 'POST', '/v1/payments:void', '{"orderId":"o"}', { orderId: 'o' }],
    ['an additional binding', 'GET', '/v1/payments/7/transactions', undefined, { paymentId: '7' }],
    ['a body in proto names', 'POST', '/v1/users', '{"display_name":"A"}', { displayName: 'A' }],
    ['no body for a whole message', 'POST', '/v1/users', undefined, {}],
    [
      'nested messages',
      'POST',
      '/v1/users',
      '{"defaultAddress":{"lines":["a","b"]}}',
      { defaultAddress: { lines: ['a', 'b'] } },
    ],
    ['null for a field that is not set', 'POST', '/v1/users', '{"phone":null}', {}],
    ['numbers of a query', 'GET', '/v1/users?page_size=7', undefined, { pageSize: 7 }],
    ['JSON names of a query', 'GET', '/v1/users?pageSize=7', undefined, { pageSize: 7 }],
    ['an enum by name', 'GET', '/v1/users?state=USER_STATE_ACTIVE', undefined, { state: 'USER_STATE_ACTIVE' }],
    ['an enum by number', 'GET', '/v1/users?state=2', undefined, { state: 'USER_STATE_SUSPENDED' }],
    ['escaped text of a query', 'GET', '/v1/users?query=a%26b+c', undefined, { query: 'a&b c' }],
    [
      'a repeated field',
      'GET',
      '/v1/products:batchGet?product_ids=a&product_ids=b',
      undefined,
      { productIds: ['a', 'b'] },
    ],
    [
      'a repeated field, both names',
      'GET',
      '/v1/products:batchGet?product_ids=a&productIds=b',
      undefined,
      { productIds: ['a', 'b'] },
    ],
    [
      'an int64 as a string',
      'POST',
      '/v1/products',
      '{"price":{"units":"9007199254740993"}}',
      { price: { units: '9007199254740993' } },
    ],
    ['an int64 as a small number', 'POST', '/v1/products', '{"price":{"units":12}}', { price: { units: '12' } }],
  ])('takes %s', (_what, verb, url, body, expected) => {
    expect(transcode(verb, url, body)).toEqual(expected);
  });

  it('takes a field mask in camel and in snake case', () => {
    for (const mask of ['display_name,phone', 'displayName,phone', 'display_name%2Cphone']) {
      expect(transcode('PATCH', `/v1/users/42?update_mask=${mask}`, '{}')).toMatchObject({
        updateMask: 'displayName,phone',
      });
    }
  });

  it.each<[string, string, string, string | undefined, string]>([
    ['an unknown query field', 'GET', '/v1/users?nope=1', undefined, 'nope'],
    ['a name that every object has', 'GET', '/v1/users?__proto__=1', undefined, '__proto__'],
    ['a field inside of text', 'GET', '/v1/users?query.x=1', undefined, 'query.x'],
    ['text for a number', 'GET', '/v1/users?page_size=many', undefined, 'page_size'],
    ['nothing for a number', 'GET', '/v1/users?page_size=', undefined, 'page_size'],
    ['a number that is too large', 'GET', '/v1/users?page_size=99999999999', undefined, 'page_size'],
    ['a field twice', 'GET', '/v1/users?page_size=1&page_size=2', undefined, 'page_size'],
    ['a field in both writings', 'GET', '/v1/users?page_size=1&pageSize=2', undefined, 'page_size'],
    ['a query field that the path sets', 'GET', '/v1/users/42?userId=7', undefined, 'user_id'],
    ['a query field of the body', 'PATCH', '/v1/users/42?user.phone=1', '{}', 'user.phone'],
    ['a query where the body is everything', 'POST', '/v1/users?email=a', '{}', 'email'],
    ['an unknown field', 'POST', '/v1/users', '{"nope":1}', 'nope'],
    ['an unknown field inside', 'POST', '/v1/users', '{"defaultAddress":{"nope":1}}', 'nope'],
    ['a prototype', 'POST', '/v1/users', '{"__proto__":{"email":"a"}}', '__proto__'],
    ['the wrong type', 'POST', '/v1/users', '{"email":5}', 'email'],
    ['text that is no Unicode', 'POST', '/v1/users', '{"displayName":"\\ud800"}', 'display_name'],
    ['two writings of a field', 'POST', '/v1/users', '{"displayName":"a","display_name":"b"}', 'display_name'],
    ['two members of a oneof', 'POST', '/v1/payments/7:void', '{"orderId":"o"}', 'target'],
    ['a list for a message', 'POST', '/v1/users', '[]', ''],
    ['null for a message', 'POST', '/v1/users', 'null', ''],
    ['text for the body field', 'PATCH', '/v1/users/42', '"x"', 'user'],
    ['a body where there is none', 'DELETE', '/v1/users/42', '{"etag":"v1"}', ''],
    ['a mask in no case at all', 'PATCH', '/v1/users/42?update_mask=display__name_', '{}', ''],
    ['an enum that does not exist', 'GET', '/v1/users?state=NOPE', undefined, ''],
  ])('refuses %s', (_what, verb, url, body, field) => {
    expect(refusal(verb, url, body)).toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'VALIDATION_FAILED',
      details: [{ kind: 'badRequest', violations: [{ field }] }],
    });
  });
});

describe('parseJsonBody', () => {
  it.each([
    ['what is no JSON', '{"a"'],
    ['two documents', '{}{}'],
    ['an integer that a number would change', '{"units":9007199254740993}'],
    ['the same, negative and deep inside', '{"a":[{"b":-99999999999999999999}]}'],
  ])('refuses %s', (_what, text) => {
    expect(() => parseJsonBody(Buffer.from(text))).toThrow(expect.objectContaining({ reason: 'BODY_NOT_JSON' }));
  });

  it('refuses bytes that are no UTF-8, and nesting without end', () => {
    const notUtf8 = Buffer.from([0x22, 0xff, 0x22]);
    const deep = Buffer.from('['.repeat(400_000) + ']'.repeat(400_000));
    for (const bytes of [notUtf8, deep]) {
      expect(() => parseJsonBody(bytes)).toThrow(expect.objectContaining({ status: 'INVALID_ARGUMENT' }));
    }
  });
});

describe('createTranscoder().toResponse', () => {
  it('writes every field, int64 as text, times as RFC 3339', () => {
    const { route } = findRoute(routes, 'GET', '/v1/users/42');
    const createTime = new Date('2026-01-02T03:04:05.678Z');
    const bytes = GetUserResponse.encode(GetUserResponse.fromPartial({ user: { id: '42', createTime } })).finish();
    expect(transcoder.toResponse(route, bytes)).toEqual({
      user: {
        id: '42',
        email: '',
        displayName: '',
        roles: [],
        state: 'USER_STATE_UNSPECIFIED',
        phone: '',
        createTime: '2026-01-02T03:04:05.678Z',
        etag: '',
      },
    });
  });
});

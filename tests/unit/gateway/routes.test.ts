import { describe, expect, it } from '@jest/globals';

import { loadContract, processOf } from '../../../src/chassis/contract/index.ts';
import { allowedVerbs, findRoute, routesOf } from '../../../src/gateway/routes.ts';
import { requestTarget } from '../../../src/gateway/request-target.ts';

const contract = await loadContract();
const routes = routesOf(contract);
const rpcOf = (verb: string, path: string) => findRoute(routes, verb, path).route.method.name;

describe('routesOf', () => {
  it('has a route for every unary RPC of the suite, and none for streams', () => {
    const served = new Set(routes.map(({ method }) => method.path));
    for (const { path, service, requestStream, responseStream } of contract.methods) {
      if (processOf({ service }) === undefined) continue;
      expect([path, served.has(path)]).toEqual([path, !requestStream && !responseStream]);
    }
  });

  it('has no two routes that take the same requests', () => {
    const shapes = routes.map(({ verb, template }) => `${verb} ${template.text.replace(/\{[^}]*\}/g, '*')}`);
    expect(shapes).toEqual([...new Set(shapes)]);
  });
});

describe('findRoute', () => {
  it('tells routes with the same beginning apart', () => {
    expect(rpcOf('GET', '/v1/products')).toBe('ListProducts');
    expect(rpcOf('GET', '/v1/products:search')).toBe('SearchProducts');
    expect(rpcOf('GET', '/v1/products/search')).toBe('GetProduct');
    expect(rpcOf('POST', '/v1/loyalty/entries:revoke')).toBe('RevokePoints');
    expect(rpcOf('POST', '/v1/loyalty/entries/7:revoke')).toBe('RevokePoints');
  });

  it('takes HEAD for GET', () => {
    expect(rpcOf('HEAD', '/v1/users/42')).toBe('GetUser');
  });

  it('says which verbs a path takes', () => {
    expect(() => findRoute(routes, 'PUT', '/v1/users/42')).toThrow(
      expect.objectContaining({
        reason: 'METHOD_NOT_ALLOWED',
        metadata: { allow: 'DELETE, GET, HEAD, OPTIONS, PATCH' },
      }),
    );
    expect(allowedVerbs(routes, '/v1/auth:signIn')).toEqual(['OPTIONS', 'POST']);
  });

  it('says NOT_FOUND of other paths, and does not repeat one without end', () => {
    const path = `/v2/${'x'.repeat(10_000)}`;
    expect(() => findRoute(routes, 'GET', path)).toThrow(
      expect.objectContaining({ status: 'NOT_FOUND', reason: 'ROUTE_NOT_FOUND' }),
    );
    try {
      findRoute(routes, 'GET', path);
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(300);
    }
  });
});

describe('requestTarget', () => {
  it.each([
    ['/v1/users', '/v1/users', ''],
    ['/v1/users?a=1&b=2', '/v1/users', 'a=1&b=2'],
    ['http://example.com/v1/users?a=1', '/v1/users', 'a=1'],
    ['//evil.example/v1/users', '//evil.example/v1/users', ''],
    ['/v1/../v1/users', '/v1/../v1/users', ''],
    ['//', '//', ''],
    ['*', '*', ''],
    ['/a?b#c', '/a', 'b='],
  ])('splits %s', (url, path, query) => {
    const target = requestTarget(url);
    expect([target.path, target.query.toString()]).toEqual([path, query]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CallContext as WireContext } from 'nice-grpc-common';

import { SearchProductsResponse } from '../../../gen/tradewind/product/v1/product.ts';
import {
  AppError,
  STATUS_CODES,
  currentCall,
  type CallContext,
  type ErrorStatus,
} from '../../../src/chassis/core/index.ts';
import { eventually } from '../../support/eventually.ts';
import { PASSWORD } from '../user/user-process.ts';
import { reasonOf, startGateway, type Gateway } from './gateway-process.ts';

const seen: { call: CallContext | undefined; wire: WireContext; abortedAfterMs?: number }[] = [];
let release = () => undefined as void;

/** Fails with the status that is asked for, or waits. */
async function searchProducts({ query }: { readonly query: string }, wire: WireContext) {
  const entry: (typeof seen)[number] = { call: currentCall(), wire };
  seen.push(entry);
  if (query === 'wait') {
    const startedMs = performance.now();
    await new Promise<void>((resolve) => {
      release = resolve;
      wire.signal.addEventListener('abort', () => {
        entry.abortedAfterMs = performance.now() - startedMs;
        resolve();
      });
    });
  }
  if (query === 'crash') throw new TypeError('the secret inside');
  if (query in STATUS_CODES) {
    throw new AppError({
      status: query as ErrorStatus,
      reason: 'OF_THE_TEST',
      message: `failed with ${query}\r\nx-injected: 1`,
      metadata: { fact: 'a "fact"\r\n' },
      details: [
        { kind: 'badRequest', violations: [{ field: 'f', description: 'd', reason: 'r' }] },
        { kind: 'retryInfo', retryDelayMs: 1_500 },
        { kind: 'resourceInfo', resourceType: 't', resourceName: 'n' },
        { kind: 'preconditionFailure', violations: [{ type: 't', subject: 's', description: 'd' }] },
        { kind: 'quotaFailure', violations: [{ subject: 's', description: 'd' }] },
      ],
    });
  }
  return SearchProductsResponse.fromPartial({});
}

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ product: { searchProducts } });
});
afterAll(async () => gateway.close());

const search = (query: string, sending = {}) => gateway.call('GET', `/v1/products:search?query=${query}`, sending);

describe('an error behind the gateway', () => {
  it.each<[ErrorStatus, number]>([
    ['CANCELLED', 499],
    ['UNKNOWN', 500],
    ['INVALID_ARGUMENT', 400],
    ['DEADLINE_EXCEEDED', 504],
    ['NOT_FOUND', 404],
    ['ALREADY_EXISTS', 409],
    ['PERMISSION_DENIED', 403],
    ['RESOURCE_EXHAUSTED', 429],
    ['FAILED_PRECONDITION', 400],
    ['ABORTED', 409],
    ['OUT_OF_RANGE', 400],
    ['UNIMPLEMENTED', 501],
    ['INTERNAL', 500],
    ['UNAVAILABLE', 503],
    ['DATA_LOSS', 500],
    ['UNAUTHENTICATED', 401],
  ])('%s is HTTP %d with google.rpc.Status and every detail', async (status, http) => {
    const answer = await search(status);
    const type = (name: string) => `type.googleapis.com/google.rpc.${name}`;
    expect(answer.status).toBe(http);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(answer.headers.get('x-injected')).toBeNull();
    expect(answer.body).toEqual({
      code: STATUS_CODES[status],
      message: `failed with ${status}\r\nx-injected: 1`,
      details: [
        {
          '@type': type('ErrorInfo'),
          reason: 'OF_THE_TEST',
          domain: 'product.tradewind',
          metadata: { fact: 'a "fact"\r\n' },
        },
        { '@type': type('BadRequest'), fieldViolations: [{ field: 'f', description: 'd', reason: 'r' }] },
        { '@type': type('RetryInfo'), retryDelay: '1.500s' },
        expect.objectContaining({ '@type': type('ResourceInfo'), resourceType: 't', resourceName: 'n' }),
        { '@type': type('PreconditionFailure'), violations: [{ type: 't', subject: 's', description: 'd' }] },
        expect.objectContaining({ '@type': type('QuotaFailure') }),
      ],
    });
  });

  it('that nobody thought of is INTERNAL, and tells nothing', async () => {
    const answer = await search('crash');
    expect([answer.status, reasonOf(answer)]).toEqual([500, 'INTERNAL']);
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });
});

describe('a call through the gateway', () => {
  it('carries its id to the service and back; one that a log cannot hold is replaced', async () => {
    const kept = await search('', { headers: { 'x-tradewind-call-id': 'my-call:1' } });
    expect(kept.headers.get('x-tradewind-call-id')).toBe('my-call:1');
    expect(seen.at(-1)?.call?.callId).toBe('my-call:1');

    const replaced = await search('', { headers: { 'x-tradewind-call-id': 'a b{}' } });
    expect(replaced.headers.get('x-tradewind-call-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(seen.at(-1)?.call?.callId).toBe(replaced.headers.get('x-tradewind-call-id'));
    expect((await search('NOT_FOUND')).headers.get('x-tradewind-call-id')).toBe(seen.at(-1)?.call?.callId);
  });

  it('carries the trace on, in a span of its own', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await search('', { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: 'a=1' } });
    const { metadata } = seen.at(-1)?.wire ?? {};
    expect(metadata?.get('traceparent')).toMatch(new RegExp(`^00-${traceId}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`));
    expect(metadata?.get('tracestate')).toBe('a=1');
    expect((await search('', { headers: { traceparent: 'nonsense' } })).status).toBe(200);
  });

  it('carries baggage on as it came', async () => {
    await search('', { headers: { baggage: 'userId=alice,node=DF%2028;ttl=1' } });
    expect(seen.at(-1)?.wire?.metadata?.get('baggage')).toBe('userId=alice,node=DF%2028;ttl=1');
  });

  it("takes nothing else of the caller's headers along", async () => {
    const headers = {
      'x-tradewind-retry': '1',
      'x-tradewind-priority': 'critical',
      'x-tradewind-internal-deadline': '1',
      'grpc-timeout': '1n',
      'grpc-status-details-bin': 'x',
      cookie: 'a=b',
      te: 'trailers',
      'x-forwarded-for': '10.0.0.1',
    };
    expect((await search('', { headers })).status).toBe(200);
    const { call, wire } = seen.at(-1) ?? {};
    expect(call?.isRetry).toBe(false);
    expect(call?.priority).toBe('sheddable'); // as the contract says
    const names = [...(wire?.metadata ?? [])].map(([name]) => name);
    expect(names).not.toEqual(expect.arrayContaining(['cookie']));
    expect(names).not.toEqual(expect.arrayContaining(['x-forwarded-for']));
  });

  it('has a deadline, which the service knows', async () => {
    await search('');
    const left = (seen.at(-1)?.call?.deadlineMs ?? Infinity) - performance.now();
    expect(left).toBeLessThan(15_000);
  });

  it('is cancelled behind when its caller hangs up', async () => {
    const caller = new AbortController();
    const before = seen.length;
    const call = search('wait', { signal: caller.signal });
    await eventually(() => expect(seen.length).toBe(before + 1));
    caller.abort();
    await expect(call).rejects.toThrow();
    await eventually(() => expect(seen.at(-1)?.abortedAfterMs).toBeDefined(), { timeoutMs: 2_000 });
  });
});

describe('HTTP at the gateway', () => {
  const account = (n: string) => ({ email: `${n}@example.com`, password: PASSWORD, displayName: 'H' });

  it('creates, reads, changes and closes an account', async () => {
    const created = await gateway.call('POST', '/v1/users', { body: account('life') });
    expect(created.status).toBe(200);
    const { id } = created.body.user;
    const session = await gateway.call('POST', '/v1/auth:signIn', {
      body: { email: 'life@example.com', password: PASSWORD },
    });
    const token = session.body.tokens.accessToken;
    const changed = await gateway.call('PATCH', `/v1/users/${id}?update_mask=phone`, {
      body: { phone: '+4930123456', displayName: 'not in the mask' },
      token,
    });
    expect(changed.body.user).toMatchObject({ id, phone: '+4930123456', displayName: 'H', etag: 'v2' });
    const stale = await gateway.call('DELETE', `/v1/users/${id}?etag=v1`, { token });
    expect([stale.status, reasonOf(stale)]).toEqual([409, 'ETAG_MISMATCH']);
    const closed = await gateway.call('DELETE', `/v1/users/${id}`, {
      token,
      headers: { 'content-type': 'application/json' },
    });
    expect([closed.status, closed.body]).toEqual([200, {}]);
    expect((await gateway.call('GET', `/v1/users/${id}`, { token })).status).toBe(404);
  });

  it('answers HEAD as GET without a body, and OPTIONS with the verbs', async () => {
    for (const path of ['/v1/auth/jwks', '/openapi.json', '/healthz']) {
      const head = await gateway.call('HEAD', path);
      expect([path, head.status, head.body]).toEqual([path, 200, '']);
      expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0);
    }
    const options = await gateway.call('OPTIONS', '/v1/users');
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
    expect((await gateway.call('OPTIONS', '/nope')).status).toBe(404);
  });

  it.each<[string, number, string, string, string, object]>([
    ['an unknown path', 404, 'ROUTE_NOT_FOUND', 'GET', '/v1/nope', {}],
    ['a trailing slash', 404, 'ROUTE_NOT_FOUND', 'GET', '/v1/users/', {}],
    ['a path that is no percent-encoding', 400, 'BAD_REQUEST', 'GET', '/v1/users/%ff', {}],
    ['a wrong verb', 405, 'METHOD_NOT_ALLOWED', 'PUT', '/v1/users', { body: {} }],
    ['a verb nobody has', 405, 'METHOD_NOT_ALLOWED', 'PROPFIND', '/v1/users', {}],
    ['no JSON', 400, 'BODY_NOT_JSON', 'POST', '/v1/users', { body: '{"email"' }],
    [
      'another type',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      'POST',
      '/v1/users',
      { body: 'a=b', headers: { 'content-type': 'text/plain' } },
    ],
    [
      'a form',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      'POST',
      '/v1/users',
      { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ],
    [
      'a type that is none',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      'POST',
      '/v1/users',
      { body: '{}', headers: { 'content-type': 'nonsense' } },
    ],
    [
      'a compressed body',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      'POST',
      '/v1/users',
      { body: '{}', headers: { 'content-encoding': 'gzip' } },
    ],
    [
      'a body without end',
      413,
      'BODY_TOO_LARGE',
      'POST',
      '/v1/users',
      { body: { displayName: 'x'.repeat(1_100_000) } },
    ],
    [
      'nesting without end',
      400,
      'BODY_NOT_JSON',
      'POST',
      '/v1/users',
      { body: '['.repeat(200_000) + ']'.repeat(200_000) },
    ],
    ['a NUL', 400, 'VALIDATION_FAILED', 'POST', '/v1/users', { body: { ...account('nul'), displayName: 'a\u0000' } }],
    ['half a surrogate pair', 400, 'VALIDATION_FAILED', 'POST', '/v1/users', { body: '{"displayName":"\\ud800"}' }],
    ['an unknown field', 400, 'VALIDATION_FAILED', 'POST', '/v1/users', { body: { nope: 1 } }],
    [
      'a rule of the contract',
      400,
      'VALIDATION_FAILED',
      'POST',
      '/v1/users',
      { body: { ...account('rule'), password: 'x' } },
    ],
    [
      'a wrong sign-in',
      401,
      'INVALID_CREDENTIALS',
      'POST',
      '/v1/auth:signIn',
      { body: { email: 'a@example.com', password: 'x' } },
    ],
  ])('refuses %s with %d %s', async (_what, status, reason, method, path, sending) => {
    const answer = await gateway.call(method, path, sending);
    expect([answer.status, reasonOf(answer)]).toEqual([status, reason]);
  });

  it('takes JSON with a charset, and a body of no length known before', async () => {
    const body = JSON.stringify(account('charset'));
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect((await gateway.call('POST', '/v1/users', { body, headers })).status).toBe(200);
    const chunked = `POST /v1/auth:signIn HTTP/1.1\r\nHost: g\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const sent = JSON.stringify({ email: 'charset@example.com', password: PASSWORD });
    const answer = await gateway.raw(`${chunked}${sent.length.toString(16)}\r\n${sent}\r\n0\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    ['two slashes', 'GET // HTTP/1.1', 404],
    ['another host in the path', 'GET //evil.example/v1/users HTTP/1.1', 404],
    ['a path that climbs', 'GET /v1/../v1/auth/jwks HTTP/1.1', 404],
    ['an absolute target', 'GET http://elsewhere/v1/auth/jwks HTTP/1.1', 200],
    ['an encoding that is none', 'GET /v1/%zz HTTP/1.1', 400],
    ['the asterisk', 'OPTIONS * HTTP/1.1', 404],
    ['TRACE', 'TRACE /v1/users HTTP/1.1', 405],
    ['a method that is none', 'NONSENSE /v1/users HTTP/1.1', 400],
    ['no HTTP', 'hello', 400],
    ['HTTP/2 in the clear', 'PRI * HTTP/2.0', 400],
    ['headers without end', `GET /v1/users HTTP/1.1\r\nX-Long: ${'x'.repeat(40_000)}`, 431],
    ['a length that is none', 'POST /v1/users HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: x', 400],
    ['two lengths', 'POST /v1/users HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked', 400],
  ])('answers %s with google.rpc.Status where it refuses it', async (_what, start, status) => {
    const answer = await gateway.raw(`${start}\r\nHost: gateway\r\nConnection: close\r\n\r\n`);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    if (status !== 200)
      expect(JSON.parse(body)).toMatchObject({ code: expect.any(Number), details: expect.any(Array) });
  });

  it('writes a line per request, with its id and without its query', async () => {
    await gateway.call('GET', '/v1/auth/jwks?secret=hidden', { headers: { 'x-tradewind-call-id': 'logged' } });
    await eventually(() => {
      const line = gateway.log.find((text) => text.includes('"callId":"logged"') && text.includes('"msg":"request"'));
      expect(JSON.parse(line ?? '{}')).toMatchObject({ method: 'GET', path: '/v1/auth/jwks', status: 400 });
    });
    expect(gateway.log.join('')).not.toContain('secret=hidden');
  });
});

describe('the gateway that drains', () => {
  it('answers what is under way and takes nothing new', async () => {
    const before = seen.length;
    const underWay = search('wait');
    await eventually(() => expect(seen.length).toBe(before + 1));
    const stopped = gateway.stop();
    await eventually(async () => {
      const outcome = await search('').then(
        ({ status }) => status,
        () => 'refused',
      );
      expect(outcome).toBe('refused');
    });
    release();
    const releasedMs = performance.now();
    expect((await underWay).status).toBe(200);
    await stopped;
    expect(performance.now() - releasedMs).toBeLessThan(2_000); // the kept-alive connection is not waited for
  });
});

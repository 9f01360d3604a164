import { describe, expect, it } from '@jest/globals';

import { AppError, STATUS_CODES, type ErrorStatus } from '../../../src/chassis/core/index.ts';
import { toAppError } from '../../../src/gateway/http-error.ts';
import { errorHeaders, httpStatusOf } from '../../../src/chassis/errors/index.ts';

const errorOf = (status: ErrorStatus, reason = 'ANY') => new AppError({ status, reason, message: 'm' });

describe('httpStatusOf', () => {
  // google/rpc/code.proto
  it.each<[ErrorStatus, number]>([
    ['CANCELLED', 499],
    ['UNKNOWN', 500],
    ['INVALID_ARGUMENT', 400],
    ['DEADLINE_EXCEEDED', 504],
    ['NOT_FOUND', 404],
    ['ALREADY_EXISTS', 409],
    ['PERMISSION_DENIED', 403],
    ['UNAUTHENTICATED', 401],
    ['RESOURCE_EXHAUSTED', 429],
    ['FAILED_PRECONDITION', 400],
    ['ABORTED', 409],
    ['OUT_OF_RANGE', 400],
    ['UNIMPLEMENTED', 501],
    ['INTERNAL', 500],
    ['UNAVAILABLE', 503],
    ['DATA_LOSS', 500],
  ])('maps %s to %d', (status, http) => {
    expect(httpStatusOf(errorOf(status))).toBe(http);
  });

  it('knows every status but OK', () => {
    const statuses = Object.keys(STATUS_CODES).filter((name) => name !== 'OK') as ErrorStatus[];
    for (const status of statuses) expect(httpStatusOf(errorOf(status))).toBeGreaterThanOrEqual(400);
  });
});

describe('errorHeaders', () => {
  it('tells what an HTTP client acts on', () => {
    expect(errorHeaders(errorOf('UNAUTHENTICATED'))).toEqual({ 'www-authenticate': 'Bearer' });
    const details = [{ kind: 'retryInfo', retryDelayMs: 1_200 }] as const;
    expect(errorHeaders(new AppError({ status: 'UNAVAILABLE', reason: 'R', message: '', details }))).toEqual({
      'retry-after': '2',
    });
    const metadata = { allow: 'GET, HEAD' };
    expect(
      errorHeaders(new AppError({ status: 'UNIMPLEMENTED', reason: 'METHOD_NOT_ALLOWED', message: '', metadata })),
    ).toEqual({ allow: 'GET, HEAD' });
  });
});

describe('toAppError', () => {
  it.each([
    [400, 'BAD_REQUEST', 400],
    [413, 'BODY_TOO_LARGE', 413],
    [415, 'UNSUPPORTED_MEDIA_TYPE', 415],
    [418, 'BAD_REQUEST', 400],
  ])("takes the HTTP server's refusal with %d for the caller's mistake", (statusCode, reason, status) => {
    const error = toAppError(Object.assign(new Error('refused'), { statusCode }));
    expect([error.status, error.reason, httpStatusOf(error)]).toEqual(['INVALID_ARGUMENT', reason, status]);
  });

  it('tells nothing of other errors', () => {
    for (const thrown of [new Error('secret'), Object.assign(new Error('secret'), { statusCode: 500 }), 'secret']) {
      expect(toAppError(thrown)).toMatchObject({ status: 'INTERNAL', message: 'internal error' });
    }
  });
});

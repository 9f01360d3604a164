import { describe, expect, it } from '@jest/globals';

import { AppError, type ErrorDetail } from '../../../../src/chassis/core/index.ts';
import { fromStatusDetails, toStatusDetails, toStatusJson } from '../../../../src/chassis/errors/index.ts';

const DETAILS: readonly ErrorDetail[] = [
  { kind: 'badRequest', violations: [{ field: 'lines[2].quantity', description: 'too many', reason: 'int32.lte' }] },
  { kind: 'preconditionFailure', violations: [{ type: 'STATE', subject: 'order', description: 'already shipped' }] },
  { kind: 'retryInfo', retryDelayMs: 1_250 },
  { kind: 'quotaFailure', violations: [{ subject: 'user:1', description: 'ten a minute' }] },
  { kind: 'resourceInfo', resourceType: 'product', resourceName: 'p-1' },
];

function failure(): AppError {
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason: 'OUT_OF_STOCK',
    message: 'only 3 left',
    metadata: { available: '3' },
    details: DETAILS,
  });
}

describe('fromStatusDetails', () => {
  it('gives back what toStatusDetails wrote, every kind of detail included', () => {
    const read = fromStatusDetails(toStatusDetails(failure(), 'product.tradewind'), {
      code: 9,
      message: 'only 3 left',
    });
    expect(read).toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'OUT_OF_STOCK',
      domain: 'product.tradewind',
      message: 'only 3 left',
      metadata: { available: '3' },
    });
    expect(read.details).toEqual(DETAILS);
  });

  it('keeps a domain the error names itself', () => {
    const error = new AppError({ status: 'ABORTED', reason: 'ETAG_MISMATCH', message: 'stale', domain: 'tradewind' });
    expect(fromStatusDetails(toStatusDetails(error, 'order.tradewind'), { code: 10, message: 'stale' }).domain).toBe(
      'tradewind',
    );
  });

  it('takes status and message from the transport when there are no details or they do not decode', () => {
    for (const bytes of [undefined, Uint8Array.of(0xff, 0xff, 0xff)]) {
      const read = fromStatusDetails(bytes, { code: 5, message: 'no such row' });
      expect(read).toMatchObject({ status: 'NOT_FOUND', reason: 'NOT_FOUND', message: 'no such row', details: [] });
    }
  });

  it('never makes an error of status OK, and UNKNOWN of a number outside the table', () => {
    expect(fromStatusDetails(undefined, { code: 0, message: '' }).status).toBe('UNKNOWN');
    expect(fromStatusDetails(undefined, { code: 99, message: '' }).status).toBe('UNKNOWN');
  });
});

describe('toStatusJson', () => {
  it('writes google.rpc.Status with ErrorInfo first and a type beside each detail', () => {
    const body = toStatusJson(failure(), 'product.tradewind') as { code: number; details: Record<string, unknown>[] };
    expect(body.code).toBe(9);
    expect(body.details[0]).toEqual({
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'OUT_OF_STOCK',
      domain: 'product.tradewind',
      metadata: { available: '3' },
    });
    expect(body.details.map((detail) => detail['@type'])).toContain('type.googleapis.com/google.rpc.RetryInfo');
    expect(JSON.stringify(body)).toContain('lines[2].quantity');
  });
});

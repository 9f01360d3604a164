import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Secret } from '../../../src/chassis/config/index.ts';
import { createPageTokens } from '../../../src/chassis/store/index.ts';

const tokens = createPageTokens({ secret: new Secret('one') });
const request = { method: 'ListThings', filter: 'a', limit: 3n };
const invalid = expect.objectContaining({
  status: 'INVALID_ARGUMENT',
  reason: 'PAGE_TOKEN_INVALID',
  details: [{ kind: 'badRequest', violations: [expect.objectContaining({ field: 'page_token' })] }],
});

function caught(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('createPageTokens', () => {
  it('reads back every cursor it made', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (cursor) => {
        expect(tokens.decode(tokens.encode(cursor, request), request)).toEqual(cursor);
      }),
    );
  });

  it('takes the empty token for the first page', () => {
    expect(tokens.decode('', request)).toBeUndefined();
  });

  it('takes equal fields in another order, and absent for undefined', () => {
    const token = tokens.encode(['1'], request);
    expect(tokens.decode(token, { limit: 3n, filter: 'a', orderBy: undefined, method: 'ListThings' })).toEqual(['1']);
  });

  it('refuses a token of another request or another secret', () => {
    const token = tokens.encode(['1'], request);
    expect(caught(() => tokens.decode(token, { ...request, filter: 'b' }))).toEqual(invalid);
    expect(caught(() => tokens.decode(token, { ...request, limit: 3 }))).toEqual(invalid);
    const other = createPageTokens({ secret: new Secret('two') });
    expect(caught(() => other.decode(token, request))).toEqual(invalid);
  });

  it('refuses a token with any bit changed, cut short, or written differently', () => {
    const bytes = Buffer.from(tokens.encode(['cursor'], request), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(caught(() => tokens.decode(changed.toString('base64url'), request))).toEqual(invalid);
    }
    for (let length = 1; length < bytes.length; length += 1) {
      expect(caught(() => tokens.decode(bytes.subarray(0, length).toString('base64url'), request))).toEqual(invalid);
    }
    expect(caught(() => tokens.decode(`${bytes.toString('base64url')}!`, request))).toEqual(invalid);
  });

  it('refuses whatever else a caller sends', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (text) =>
        expect(caught(() => tokens.decode(text, request))).toEqual(invalid),
      ),
    );
  });
});

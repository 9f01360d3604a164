import { describe, expect, it } from '@jest/globals';

import { createOwnKey } from '../../../../src/chassis/registry/etcd/own-key.ts';

const kv = (value: string, modRevision: string, leaseId = '7') => ({ key: '/k', value, modRevision, leaseId });

describe('createOwnKey', () => {
  const written = () => {
    const own = createOwnKey('7');
    own.writing('one');
    own.written('10');
    return own;
  };

  it('takes its own write for its own, before and after the answer', () => {
    const own = createOwnKey('7');
    own.writing('one');
    expect(own.objectionTo({ kind: 'put', kv: kv('one', '10') })).toBeUndefined();
    own.written('10');
    expect(own.objection(kv('one', '10'))).toBeUndefined();
    own.writing('two');
    expect(own.objectionTo({ kind: 'put', kv: kv('two', '12') })).toBeUndefined();
    expect(own.objectionTo({ kind: 'put', kv: kv('one', '10') })).toBeUndefined(); // an event that comes late
  });

  it.each([
    ['deleted it', undefined],
    ['wrote without the lease', kv('one', '11', '0')],
    ['wrote another value under the lease', kv('junk', '11')],
  ])('objects when somebody %s', (_what, found) => {
    expect(written().objection(found)).toMatch(/somebody/);
  });

  it('objects to a deletion, but not to one that its write came after', () => {
    expect(written().objectionTo({ kind: 'delete', key: '/k', modRevision: '11' })).toMatch(/deleted/);
    expect(written().objectionTo({ kind: 'delete', key: '/k', modRevision: '9' })).toBeUndefined();
  });
});

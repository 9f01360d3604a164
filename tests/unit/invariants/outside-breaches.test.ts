import { describe, expect, it } from '@jest/globals';

import { registryBreaches, resourceBreaches, type RegistrySnapshot } from '../../support/invariants/index.ts';

describe('resourceBreaches', () => {
  const baseline = [{ holder: 'order', what: 'descriptors', count: 30 }] as const;

  it('finds what has grown beyond what pools hold', () => {
    expect(resourceBreaches(baseline, [{ holder: 'order', what: 'descriptors', count: 200 }])).toEqual([
      'I7: order holds 200 descriptors, 30 before',
    ]);
  });

  it('finds nothing where a pool has filled up', () => {
    expect(resourceBreaches(baseline, [{ holder: 'order', what: 'descriptors', count: 39 }])).toEqual([]);
  });
});

describe('registryBreaches', () => {
  const key = { key: '/tradewind/services/order/a', instance: 'a', address: '127.0.0.1:1', lease: '7' };
  const good: RegistrySnapshot = {
    ...{ process: 'order', live: ['127.0.0.1:1'], keys: [key] },
    known: [{ by: 'gateway', endpoints: 1 }],
  };

  it('finds nothing where all agree', () => {
    expect(registryBreaches([good])).toEqual([]);
  });

  it.each<[string, Partial<RegistrySnapshot>, string]>([
    ['an instance that is not listed', { live: ['127.0.0.1:1', '127.0.0.1:2'] }, 'etcd lists 127.0.0.1:1 of order'],
    ['a key without a lease', { keys: [{ ...key, lease: '0' }] }, 'has no lease'],
    ['a second key of an instance', { keys: [key, { ...key, key: `${key.key}b` }] }, 'a of order has 2 keys'],
    ['a resolver that knows too few', { known: [{ by: 'gateway', endpoints: 0 }] }, 'gateway knows 0 of 1 order'],
  ])('finds %s', (_what, change, says) => {
    expect(registryBreaches([{ ...good, ...change }]).join('\n')).toContain(says);
  });
});

import { describe, expect, it } from '@jest/globals';

import { parseRegistryUrl } from '../../../../src/chassis/registry/index.ts';

describe('parseRegistryUrl', () => {
  it('reads each kind of registry', () => {
    expect(parseRegistryUrl('etcd://a:2379, b:2379/')).toEqual({ kind: 'etcd', endpoints: ['a:2379', 'b:2379'] });
    expect(parseRegistryUrl('consul://127.0.0.1:8500')).toEqual({ kind: 'consul', address: '127.0.0.1:8500' });
    expect(parseRegistryUrl('dns:///_grpc._tcp.{process}.shop')).toEqual({
      kind: 'dns',
      pattern: '_grpc._tcp.{process}.shop',
    });
    expect(parseRegistryUrl('static:///order=a:1,order=[::1]:2,user=b:3')).toMatchObject({
      kind: 'static',
      instances: [
        { process: 'order', address: 'a:1', weight: 100 },
        { process: 'order', address: '[::1]:2' },
        { process: 'user', address: 'b:3' },
      ],
    });
  });

  it.each([
    ['a:2379', 'it must be one of etcd://'],
    ['zk://a:1', 'it must be one of'],
    ['etcd://a', '"a" is not host:port'],
    ['consul://a:1,b:2', 'at one address'],
    ['dns:///order.shop:1', 'it must look like dns:///{process}'],
    ['static:///order', '"order" is not process=host:port'],
    ['static:///Order=a:1', 'is not process=host:port'],
  ])('refuses "%s": %s', (text, why) => {
    expect(() => parseRegistryUrl(text)).toThrow(why);
  });
});

import { describe, expect, it } from '@jest/globals';

import { formatDnsName, parseDnsName } from '../../../../src/chassis/registry/dns/index.ts';

describe('parseDnsName', () => {
  it('reads a host with a port, and the name of SRV records', () => {
    expect(parseDnsName('order.shop.internal:50051')).toEqual({
      kind: 'host',
      host: 'order.shop.internal',
      port: 50051,
    });
    expect(parseDnsName('_grpc._tcp.order')).toEqual({ kind: 'service', name: '_grpc._tcp.order' });
  });

  it.each([
    ['order', 'has no port'],
    ['order:0', '"0" is no port'],
    ['order:65536', '"65536" is no port'],
    ['_grpc._tcp.order:1', 'say the ports themselves'],
    ['a b:1', 'is no name'],
    ['', 'is no name'],
    ['.order:1', 'is no name'],
    [`${'x'.repeat(64)}:1`, 'is no name'],
    ['[::1]:1', 'is no name'],
  ])('refuses "%s": %s', (text, why) => {
    expect(() => parseDnsName(text)).toThrow(why);
  });

  it('is undone by formatDnsName', () => {
    for (const text of ['a.b:1', '_grpc._tcp.a']) expect(formatDnsName(parseDnsName(text))).toBe(text);
  });
});

import { describe, expect, it } from '@jest/globals';

import { formatTarget, parseTarget } from '../../../../src/chassis/resolver/index.ts';

describe('parseTarget', () => {
  it('reads a process in the registry', () => {
    expect(parseTarget('etcd:///user')).toEqual({ kind: 'etcd', process: 'user' });
  });

  it('reads a process in Consul, and in whichever registry there is', () => {
    expect(parseTarget('consul:///user')).toEqual({ kind: 'consul', process: 'user' });
    expect(parseTarget('registry:///user')).toEqual({ kind: 'registry', process: 'user' });
  });

  it('reads names of the domain name system', () => {
    expect(parseTarget('dns:///user.shop:50051').kind).toBe('dns');
    expect(parseTarget('dns:///_grpc._tcp.user.shop')).toMatchObject({ name: { kind: 'service' } });
  });

  it('reads a list of addresses, each once', () => {
    expect(parseTarget('static:///127.0.0.1:50051, api.example:443,[::1]:1,127.0.0.1:50051')).toEqual({
      kind: 'static',
      addresses: ['127.0.0.1:50051', 'api.example:443', '[::1]:1'],
    });
  });

  it.each([
    ['user', 'it must look like'],
    ['etcd://host/user', 'it names the authority "host"'],
    ['etcd:///', '"" is no process name'],
    ['etcd:///user/admin', 'is no process name'],
    ['zk:///user', 'the scheme "zk" is not known; there are etcd, consul, registry, dns, static'],
    ['dns:///user', 'has no port'],
    ['consul:///User', 'is no process name'],
    ['static:///', '"" is not host:port'],
    ['static:///host', '"host" is not host:port'],
    ['static:///host:0', '"host:0" is not host:port'],
    ['static:///host:99999', '"host:99999" is not host:port'],
    ['static:///a:1,,b:2', '"" is not host:port'],
  ])('refuses %s and says why', (text, why) => {
    expect(() => parseTarget(text)).toThrow(why);
    expect(() => parseTarget(text)).toThrow(`invalid target "${text}"`);
  });

  it('is undone by formatTarget', () => {
    const texts = ['etcd:///user', 'consul:///user', 'registry:///user', 'dns:///a:1', 'dns:///_grpc._tcp.a'];
    for (const text of [...texts, 'static:///a:1,b:2']) expect(formatTarget(parseTarget(text))).toBe(text);
  });
});

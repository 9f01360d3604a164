import { describe, expect, it } from '@jest/globals';

import { fromConsulEntry, toConsulService } from '../../../../src/chassis/registry/consul/consul-service.ts';
import { newInstance } from '../../../contract/registry.suite.ts';

/** As Consul gives back what was registered. */
const entryOf = (service: ReturnType<typeof toConsulService>) => ({
  Node: { Address: '10.0.0.9' },
  Service: { ...service, Service: service.Name },
});

describe('toConsulService', () => {
  it('is undone by fromConsulEntry, whatever the metadata', () => {
    const instance = {
      ...newInstance('order'),
      address: '[::1]:50051',
      weight: 0,
      metadata: {
        plain: 'x',
        'tradewind-zone': 'mine',
        'of words': 'é "quoted" \\',
        long: 'y'.repeat(1_500),
        empty: '',
      },
    };
    const service = toConsulService(instance, 5);
    for (const [key, value] of Object.entries(service.Meta)) {
      expect(key).toMatch(/^[A-Za-z0-9_-]{1,128}$/);
      expect(Buffer.byteLength(value)).toBeLessThanOrEqual(512);
    }
    expect(fromConsulEntry(entryOf(service))).toEqual({ kind: 'instance', id: instance.id, instance });
  });

  it('asks for no weight that Consul refuses', () => {
    const weights = [0, 100, 1_000_000].map(
      (weight) => toConsulService({ ...newInstance('x'), weight }, 5).Weights.Passing,
    );
    expect(weights).toEqual([1, 100, 65_535]);
  });
});

describe('fromConsulEntry', () => {
  it('reads a service that another program registered: its node is its host, and a weight of 1 our 100', () => {
    const entry = {
      Node: { Address: '10.0.0.9' },
      Service: { ID: 'web-1', Service: 'web', Address: '', Port: 80, Meta: null, Weights: { Passing: 2, Warning: 1 } },
    };
    expect(fromConsulEntry(entry)).toMatchObject({
      kind: 'instance',
      instance: { process: 'web', id: 'web-1', address: '10.0.0.9:80', weight: 200, metadata: {} },
    });
  });

  it.each([
    ['nothing', undefined, 'process'],
    ['no port', { Service: { ID: 'a', Service: 'b', Address: 'c', Port: 0 } }, 'address'],
    [
      'a weight that is none',
      { Service: { ID: 'a', Service: 'b', Address: 'c', Port: 1, Meta: { 'tradewind-weight': 'x' } } },
      'weight',
    ],
    [
      'damaged metadata',
      { Service: { ID: 'a', Service: 'b', Address: 'c', Port: 1, Meta: { 'tradewind-metadata-0': '{' } } },
      'metadata',
    ],
  ])('says what is wrong with %s', (_what, entry, field) => {
    expect(fromConsulEntry(entry)).toMatchObject({ kind: 'malformed', reason: expect.stringContaining(field) });
  });
});

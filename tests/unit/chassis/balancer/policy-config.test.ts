import { describe, expect, it } from '@jest/globals';

import { POLICY_KINDS, createPolicy, parsePolicyConfig } from '../../../../src/chassis/balancer/index.ts';
import { systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';

describe('parsePolicyConfig', () => {
  it('reads every policy by its name alone, and createPolicy makes it', () => {
    expect([...POLICY_KINDS].sort()).toEqual([
      'least_request',
      'p2c_ewma',
      'pick_first',
      'random',
      'ring_hash',
      'round_robin',
      'weighted_round_robin',
    ]);
    for (const kind of POLICY_KINDS) {
      const config = parsePolicyConfig(kind);
      expect(config).toEqual({ kind });
      expect(createPolicy(config, { clock: systemClock, random: systemRandom }).name).toBe(kind);
    }
  });

  it.each([
    { kind: 'pick_first', shuffle: true },
    { kind: 'weighted_round_robin', slowStartMs: 0, slowStartFloor: 1 },
    { kind: 'p2c_ewma', decayMs: 500, probeAfterMs: 100 },
    { kind: 'ring_hash', header: 'x-user', virtualNodes: 1, maxLoadFactor: 1.1 },
  ])('reads the settings of $kind', (config) => {
    expect(parsePolicyConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it.each<[unknown, string]>([
    [undefined, 'policy: must be an object with a kind, or a kind'],
    [[], 'policy: must be an object with a kind, or a kind'],
    ['fastest', 'kind: must be one of pick_first, round_robin,'],
    [{}, 'kind: must be one of'],
    [{ kind: 'toString' }, 'kind: must be one of'],
    [{ kind: 'round_robin', header: 'x' }, 'header: is no setting of round_robin'],
    [{ kind: 'round_robin', toString: 1 }, 'toString: is no setting of round_robin'],
    [{ kind: 'pick_first', shuffle: 1 }, 'shuffle: must be true or false'],
    [{ kind: 'weighted_round_robin', slowStartMs: -1 }, 'slowStartMs: must be a number of milliseconds, not negative'],
    [{ kind: 'weighted_round_robin', slowStartFloor: 0 }, 'slowStartFloor: must be above 0 and at most 1'],
    [{ kind: 'p2c_ewma', decayMs: 0 }, 'decayMs: must be a number of milliseconds above 0'],
    [{ kind: 'p2c_ewma', probeAfterMs: '9' }, 'probeAfterMs: must be a number of milliseconds above 0'],
    [{ kind: 'ring_hash', header: 'X-User' }, 'header: must be the name of a header in lower case'],
    [{ kind: 'ring_hash', header: 'x-bin' }, 'header: must be the name of a header in lower case'],
    [{ kind: 'ring_hash', virtualNodes: 1.5 }, 'virtualNodes: must be a whole number from 1 to 1,000'],
    [{ kind: 'ring_hash', maxLoadFactor: 1 }, 'maxLoadFactor: must be above 1'],
  ])('refuses %j and names the field and its rule', (value, message) => {
    expect(() => parsePolicyConfig(value)).toThrow(message);
  });

  it('names every wrong field, with the path to it', () => {
    const value = { kind: 'ring_hash', virtualNodes: 0, maxLoadFactor: null };
    expect(() => parsePolicyConfig(value, 'targets.order.policy')).toThrow(
      'targets.order.policy.virtualNodes: must be a whole number from 1 to 1,000; targets.order.policy.maxLoadFactor: must be above 1',
    );
  });
});

import { describe, expect, it } from '@jest/globals';

import { UsageError, parseScoreboardOptions } from '../../fault/scoreboard-options.ts';

const parse = (...argv: string[]) => parseScoreboardOptions(argv, ['7', '8', 'soak'], 42);

describe('parseScoreboardOptions', () => {
  it('takes every row, both kinds of etcd, both transports and both styles of checkout when nothing is said', () => {
    expect(parse()).toEqual({
      rows: [],
      json: undefined,
      seed: 42,
      etcds: ['embedded', 'real'],
      transports: ['plain', 'multiplexed'],
      checkouts: ['orchestration', 'choreography'],
      minutes: undefined,
    });
  });

  it('reads rows, the file and where to run', () => {
    const argv = [
      '8',
      'soak',
      '--json',
      'f',
      '--seed',
      '3',
      '--etcd',
      'real',
      '--transport',
      'plain',
      '--checkout',
      'choreography',
      '--minutes',
      '0.5',
    ];
    expect(parse(...argv)).toEqual({
      rows: ['8', 'soak'],
      json: 'f',
      seed: 3,
      etcds: ['real'],
      transports: ['plain'],
      checkouts: ['choreography'],
      minutes: 0.5,
    });
  });

  it.each([
    [['9'], 'there is no row "9"'],
    [['--seed', 'x'], '--seed is a number'],
    [['--etcd', 'zookeeper'], '--etcd knows embedded, real'],
    [['--checkout', 'dance'], '--checkout knows orchestration, choreography'],
    [['--nothing'], '--nothing'],
  ])('refuses %j and says how it is used', (argv, message) => {
    expect(() => parse(...argv)).toThrow(UsageError);
    expect(() => parse(...argv)).toThrow(message);
    expect(() => parse(...argv)).toThrow('npm run reliability');
  });
});

import { inspect } from 'node:util';

import { describe, expect, it } from '@jest/globals';

import {
  ConfigurationError,
  Secret,
  baseConfiguration,
  describeConfiguration,
  flag,
  integer,
  parseConfiguration,
  secret,
} from '../../../../src/chassis/config/index.ts';

const schema = baseConfiguration.extend({
  SIGNING_KEY: secret('Signs.'),
  WORKERS: integer('How many work.', { min: 1, max: 8 }).prefault('2'),
  DEMO: flag('Whether to show off.').prefault('false'),
});

const problemsOf = (environment: Record<string, string>) => {
  try {
    parseConfiguration(schema, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
};

describe('parseConfiguration', () => {
  it('takes defaults where nothing is set, and an empty value for not set', () => {
    const config = parseConfiguration(schema, { SIGNING_KEY: 'k', PORT: '', WORKERS: '3', UNRELATED: 'x' });

    expect(config).toMatchObject({ PORT: 0, HOST: '127.0.0.1', WORKERS: 3, DEMO: false, LOG_LEVEL: 'info' });
    expect(config.ETCD_ENDPOINTS).toEqual(['http://127.0.0.1:2379']);
    expect(config.SIGNING_KEY.reveal()).toBe('k');
    expect(Object.isFrozen(config)).toBe(true);
    expect(config).not.toHaveProperty('UNRELATED');
  });

  it('reports every bad key at once, with its rule and its value', () => {
    const problems = problemsOf({
      PORT: 'eighty',
      WORKERS: '9',
      DEMO: 'perhaps',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'there',
    });

    expect(problems.map(({ key, value }) => [key, value])).toEqual([
      ['PORT', 'eighty'],
      ['OTEL_EXPORTER_OTLP_ENDPOINT', 'there'],
      ['SIGNING_KEY', undefined],
      ['WORKERS', '9'],
      ['DEMO', 'perhaps'],
    ]);
    expect(problems.find((problem) => problem.key === 'SIGNING_KEY')?.rule).toBe('is required');
    expect(problems.every((problem) => problem.rule !== '')).toBe(true);
  });

  it('refuses what is no URL of a PostgreSQL database together with the other bad keys, and does not show it', () => {
    expect(problemsOf({ SIGNING_KEY: 'k', PORT: 'eighty', DATABASE_URL: 'mysql://me:hunter2@here/db' })).toEqual([
      expect.objectContaining({ key: 'PORT' }),
      { key: 'DATABASE_URL', rule: 'must be a URL that starts with postgres://' },
    ]);
  });

  it.each([
    ['plain', ['plain']],
    ['multiplexed, plain', ['multiplexed', 'plain']],
  ])('reads the transports %j', (value, transports) => {
    expect(parseConfiguration(baseConfiguration, { TRANSPORTS: value }).TRANSPORTS).toEqual(transports);
  });

  it.each([
    ['TRANSPORTS', 'multiplexed'],
    ['TRANSPORTS', 'plain,pigeon'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.1'],
    ['OTEL_TRACES_SAMPLER_ARG', '-0.1'],
    ['OTEL_TRACES_SAMPLER_ARG', 'some'],
  ])('refuses %s=%s', (key, value) => {
    expect(problemsOf({ SIGNING_KEY: 'k', [key]: value })).toMatchObject([{ key, value }]);
  });

  it.each([
    ['etcd-1:2379', ['etcd-1:2379']],
    ['http://etcd-1:2379, http://etcd-2:2379,', ['http://etcd-1:2379', 'http://etcd-2:2379']],
    ['[::1]:2379', ['[::1]:2379']],
  ])('reads the addresses %j', (value, addresses) => {
    const config = parseConfiguration(baseConfiguration, { ETCD_ENDPOINTS: value });

    expect(config.ETCD_ENDPOINTS).toEqual(addresses);
  });

  it.each(['nope', 'ftp://etcd:2379', 'etcd', ' , '])('refuses %j as addresses', (value) => {
    expect(() => parseConfiguration(baseConfiguration, { ETCD_ENDPOINTS: value })).toThrow(/ETCD_ENDPOINTS: must/);
  });

  it('does not show the value of a secret that is bad', () => {
    const strict = baseConfiguration.extend({
      PIN: secret('A pin.').refine((pin) => pin.reveal().length === 4, 'is short'),
    });

    expect(() => parseConfiguration(strict, { PIN: '123' })).toThrow(/PIN: is short$/);
  });
});

describe('Secret', () => {
  it('reads [secret] however it is printed', () => {
    const value = new Secret('hunter2');

    const printed = [String(value), JSON.stringify({ value }), inspect({ value }), `${value}`].join(' ');

    expect(printed).not.toContain('hunter2');
    expect(value.reveal()).toBe('hunter2');
  });
});

describe('describeConfiguration', () => {
  it('lists every key with its default, whether it is required, secret, and what it is for', () => {
    const keys = new Map(describeConfiguration(schema).map((key) => [key.key, key]));

    expect(keys.get('WORKERS')).toEqual({
      key: 'WORKERS',
      default: '2',
      required: false,
      secret: false,
      description: 'How many work.',
    });
    expect(keys.get('SIGNING_KEY')).toMatchObject({ default: undefined, required: true, secret: true });
    expect([...keys.keys()]).toEqual(Object.keys(schema.shape));
  });

  it('finds a description for every key of the base', () => {
    expect(describeConfiguration(baseConfiguration).filter((key) => key.description === '')).toEqual([]);
  });
});

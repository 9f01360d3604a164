import { parsePolicyConfig, type EjectionOptions, type Route, type ZoneOptions } from '../balancer/index.ts';
import type { TransportChoice } from '../channel/index.ts';
import {
  checked,
  list,
  number,
  object,
  orFalse,
  readJson,
  record,
  text,
  throwing,
  type Reader,
} from '../live-config/index.ts';
import { METHOD } from './method-pattern.ts';
import { CALLING_FIELDS } from './read-calling.ts';
import type { GivenServiceConfig } from './service-config.ts';

const yesOrNo = checked('true or false', (value): value is boolean => typeof value === 'boolean');
const part = number('from 0 to 1', (value) => value >= 0 && value <= 1);
const positivePart = number('above 0 and at most 1', (value) => value > 0 && value <= 1);
const positive = number('above 0', (value) => value > 0);
const count = number('a whole number above 0', (value) => Number.isInteger(value) && value > 0);
const milliseconds = number('a number of milliseconds above 0', (value) => value > 0);

/** gRPC's rule for names of headers, without those of the protocol and binary ones. */
const headerName = text(
  'the name of a header in lower case, not a binary one',
  (name) => /^[0-9a-z_.-]+$/.test(name) && !name.endsWith('-bin') && !name.startsWith('grpc-'),
);
const policy = throwing(parsePolicyConfig);

const zone = object<Partial<ZoneOptions>>({ prefer: yesOrNo, spillOverBelow: positivePart });

const ejection = object<Partial<EjectionOptions>>({
  consecutiveFailures: count,
  minimumVolume: count,
  minimumHosts: number('a whole number of at least 2', (value) => Number.isInteger(value) && value >= 2),
  stdevFactor: positive,
  minimumGap: positivePart,
  failureThreshold: part,
  intervalMs: milliseconds,
  baseMs: milliseconds,
  maxMs: milliseconds,
  maxEjected: part,
});

const when: Reader<NonNullable<Route['when']>> = (value, path, violations) => {
  const read = object<NonNullable<Route['when']>>({
    method: text(METHOD.description, METHOD.isValid),
    header: object<{ name: string; value: string }>({ name: headerName, value: text('a text') }, ['name', 'value']),
  })(value, path, violations);
  if (read !== undefined && Object.keys(read).length === 0) {
    violations.push({ field: path, description: 'must name a method, a header or both; leave it out for every call' });
  }
  return read;
};

const to: Reader<Route['to']> = (value, path, violations) => {
  const weight = number('a number, not negative', (given) => given >= 0);
  const read = list(object<Route['to'][number]>({ version: text('a text'), weight }, ['version', 'weight']));
  const choices = read(value, path, violations);
  if (choices !== undefined && !choices.some((choice) => (choice?.weight ?? 1) > 0)) {
    violations.push({ field: path, description: 'must have a version of a weight above 0' });
  }
  return choices;
};

const route = object<Route>(
  { when, to, by: object<{ header: string }>({ header: headerName }, ['header']), strict: yesOrNo },
  ['to'],
);

const serviceConfig = object<GivenServiceConfig>({
  balancing: object({ policy, methods: record(METHOD, policy) }),
  zone,
  routes: list(route),
  subset: orFalse(object<{ size: number }>({ size: count }, ['size'])),
  health: orFalse(object<{ service: string }>({ service: text('the name of a service, or empty') }, ['service'])),
  ejection: orFalse(ejection),
  panicBelow: part,
  transport: checked(
    'auto, plain or multiplexed',
    (value): value is TransportChoice => value === 'auto' || value === 'plain' || value === 'multiplexed',
  ),
  ...CALLING_FIELDS,
});

/** Reads a service config from JSON. Throws INVALID_ARGUMENT that names every wrong field by its path, with its rule. */
export function parseServiceConfig(json: string): GivenServiceConfig {
  return readJson(json, 'service config', serviceConfig);
}

import { invalidArgument, type FieldViolation } from '../../core/index.ts';
import type { P2cEwmaOptions } from './p2c-ewma.ts';
import type { PickFirstOptions } from './pick-first.ts';
import type { RingHashOptions } from './ring-hash.ts';
import type { SlowStartOptions } from './slow-start.ts';

/** Which policy, and how it is set. Everything but `kind` has a default. */
export type PolicyConfig =
  | ({ readonly kind: 'pick_first' } & PickFirstOptions)
  | { readonly kind: 'round_robin' }
  | ({ readonly kind: 'weighted_round_robin' } & SlowStartOptions)
  | { readonly kind: 'least_request' }
  | ({ readonly kind: 'p2c_ewma' } & P2cEwmaOptions)
  | { readonly kind: 'random' }
  | ({ readonly kind: 'ring_hash' } & RingHashOptions);

/** The name of a policy. */
export type PolicyKind = PolicyConfig['kind'];

interface Rule {
  readonly text: string;
  readonly isValid: (value: unknown) => boolean;
}

const number = (text: string, isValid: (value: number) => boolean): Rule => ({
  text: `must be ${text}`,
  isValid: (value) => typeof value === 'number' && Number.isFinite(value) && isValid(value),
});
const positiveMs = number('a number of milliseconds above 0', (value) => value > 0);

/** The settings of each policy. */
const RULES: { readonly [Kind in PolicyKind]: Readonly<Record<string, Rule>> } = {
  pick_first: { shuffle: { text: 'must be true or false', isValid: (value) => typeof value === 'boolean' } },
  round_robin: {},
  weighted_round_robin: {
    slowStartMs: number('a number of milliseconds, not negative', (value) => value >= 0),
    slowStartFloor: number('above 0 and at most 1', (value) => value > 0 && value <= 1),
  },
  least_request: {},
  p2c_ewma: { decayMs: positiveMs, probeAfterMs: positiveMs },
  random: {},
  ring_hash: {
    header: {
      text: 'must be the name of a header in lower case, not a binary one',
      isValid: (value) => typeof value === 'string' && /^[0-9a-z_.-]+$/.test(value) && !value.endsWith('-bin'),
    },
    virtualNodes: number(
      'a whole number from 1 to 1,000',
      (value) => Number.isInteger(value) && value > 0 && value <= 1_000,
    ),
    maxLoadFactor: number('above 1', (value) => value > 1),
  },
};

/** Every policy there is. */
export const POLICY_KINDS = Object.keys(RULES) as readonly PolicyKind[]; // the keys of its type

/**
 * Reads a configuration from JSON: `{"kind": "ring_hash", "header": "x-user"}`, or the kind alone, `"round_robin"`. Throws
 * INVALID_ARGUMENT that names every wrong field and its rule; `path` stands before their names. Written by hand, not with
 * zod, which the apps that import our client would have to install for it.
 */
export function parsePolicyConfig(value: unknown, path = ''): PolicyConfig {
  const given = typeof value === 'string' ? { kind: value } : value;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidArgument([{ field: path || 'policy', description: 'must be an object with a kind, or a kind' }]);
  }
  const { kind, ...settings } = given as Readonly<Record<string, unknown>>; // any object can be read so
  const fieldOf = (name: string) => (path === '' ? name : `${path}.${name}`);
  if (!isPolicyKind(kind)) {
    throw invalidArgument([{ field: fieldOf('kind'), description: `must be one of ${POLICY_KINDS.join(', ')}` }]);
  }
  const violations = Object.entries(settings).flatMap(([name, setting]): FieldViolation[] => {
    const rule = Object.hasOwn(RULES[kind], name) ? RULES[kind][name] : undefined;
    if (rule === undefined) return [{ field: fieldOf(name), description: `is no setting of ${kind}` }];
    return rule.isValid(setting) ? [] : [{ field: fieldOf(name), description: rule.text }];
  });
  if (violations.length > 0) throw invalidArgument(violations);
  return { kind, ...settings } as PolicyConfig; // each setting was just checked
}

function isPolicyKind(kind: unknown): kind is PolicyKind {
  return POLICY_KINDS.some((known) => known === kind);
}

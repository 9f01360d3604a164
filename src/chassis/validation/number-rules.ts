import { show, type Rule, type RuleTable } from './rule.ts';

/** What rules compare: numbers, or bigint for 64 bits. */
type Numeric = number | bigint;

const rule = (prefix: string, id: string, text: string, test: (value: Numeric) => boolean): Rule[] => [
  { id: `${prefix}.${id}`, text, test: (value) => test(value as Numeric) }, // the contract says that the field is a number
];

/** The rules of all numeric types (Int32Rules, UInt64Rules, DoubleRules, ...), which have the same fields. */
export const NUMBER_RULES = {
  const: (wanted: Numeric, prefix) => rule(prefix, 'const', `must be ${wanted}`, (value) => value === wanted),
  lt: (limit: Numeric, prefix) => rule(prefix, 'lt', `must be less than ${limit}`, (value) => value < limit),
  lte: (limit: Numeric, prefix) => rule(prefix, 'lte', `must be at most ${limit}`, (value) => value <= limit),
  gt: (limit: Numeric, prefix) => rule(prefix, 'gt', `must be greater than ${limit}`, (value) => value > limit),
  gte: (limit: Numeric, prefix) => rule(prefix, 'gte', `must be at least ${limit}`, (value) => value >= limit),
  in: (wanted: readonly Numeric[], prefix) =>
    rule(prefix, 'in', `must be one of ${wanted.map(show).join(', ')}`, (value) => wanted.includes(value)),
  not_in: (refused: readonly Numeric[], prefix) =>
    rule(prefix, 'not_in', `must not be one of ${refused.map(show).join(', ')}`, (value) => !refused.includes(value)),
  finite: (wanted: boolean, prefix) =>
    wanted ? rule(prefix, 'finite', 'must be finite', (value) => Number.isFinite(value)) : [],
  example: () => [],
} satisfies RuleTable;

/** buf.validate.BoolRules, by field. */
export const BOOL_RULES = {
  const: (wanted: boolean): Rule[] => [
    { id: 'bool.const', text: `must be ${wanted}`, test: (value) => value === wanted },
  ],
  example: () => [],
} satisfies RuleTable;

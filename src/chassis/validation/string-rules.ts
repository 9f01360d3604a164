import { show, type Rule, type RuleBuilder, type RuleTable } from './rule.ts';
import { STRING_FORMATS } from './string-formats.ts';

const bytesOf = (value: string) => Buffer.byteLength(value, 'utf8');

/** Code points, as protobuf counts a string's length; a string has never more of them than UTF-16 units. */
function lengthOf(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

const atMost = (value: string, max: number) => value.length <= max || lengthOf(value) <= max;
const atLeast = (value: string, min: number) => value.length >= min && lengthOf(value) >= min;

const rule = (id: string, text: string, test: (value: string) => boolean): Rule[] => [
  { id: `string.${id}`, text, test: (value) => test(value as string) }, // the contract says that the field is a string
];

const formats = Object.entries(STRING_FORMATS).map(([name, { text, test }]): [string, RuleBuilder<boolean>] => [
  name,
  (wanted) => (wanted ? rule(name, text, test) : []),
]);

/** buf.validate.StringRules, by field. */
export const STRING_RULES = {
  const: (wanted: string) => rule('const', `must be ${show(wanted)}`, (value) => value === wanted),
  len: (n: bigint) => rule('len', `must be exactly ${n} characters long`, (value) => lengthOf(value) === Number(n)),
  min_len: (n: bigint) =>
    rule('min_len', n === 1n ? 'must not be empty' : `must be at least ${n} characters long`, (value) =>
      atLeast(value, Number(n)),
    ),
  max_len: (n: bigint) => rule('max_len', `must be at most ${n} characters long`, (value) => atMost(value, Number(n))),
  len_bytes: (n: bigint) =>
    rule('len_bytes', `must be exactly ${n} bytes long`, (value) => bytesOf(value) === Number(n)),
  min_bytes: (n: bigint) =>
    rule('min_bytes', `must be at least ${n} bytes long`, (value) => bytesOf(value) >= Number(n)),
  max_bytes: (n: bigint) =>
    rule('max_bytes', `must be at most ${n} bytes long`, (value) => bytesOf(value) <= Number(n)),
  pattern(source: string) {
    const pattern = new RegExp(source, 'u');
    return rule('pattern', `must match ${source}`, (value) => pattern.test(value));
  },
  prefix: (text: string) => rule('prefix', `must start with ${show(text)}`, (value) => value.startsWith(text)),
  suffix: (text: string) => rule('suffix', `must end with ${show(text)}`, (value) => value.endsWith(text)),
  contains: (text: string) => rule('contains', `must contain ${show(text)}`, (value) => value.includes(text)),
  not_contains: (text: string) =>
    rule('not_contains', `must not contain ${show(text)}`, (value) => !value.includes(text)),
  in: (wanted: readonly string[]) =>
    rule('in', `must be one of ${wanted.map(show).join(', ')}`, (value) => wanted.includes(value)),
  not_in: (refused: readonly string[]) =>
    rule('not_in', `must not be one of ${refused.map(show).join(', ')}`, (value) => !refused.includes(value)),
  example: () => [],
  ...Object.fromEntries(formats),
} satisfies RuleTable;

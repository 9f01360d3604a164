import type { DescEnum } from '@bufbuild/protobuf';

import { show, type Rule, type RuleTable } from './rule.ts';

const bytes = (id: string, text: string, test: (value: Uint8Array) => boolean): Rule[] => [
  { id: `bytes.${id}`, text, test: (value) => test(value as Uint8Array) }, // the contract says that the field is bytes
];

const startsWith = (value: Uint8Array, start: Uint8Array) =>
  Buffer.compare(value.subarray(0, start.length), start) === 0;

/** buf.validate.BytesRules, by field. */
export const BYTES_RULES = {
  len: (n: bigint) => bytes('len', `must be exactly ${n} bytes long`, (value) => value.length === Number(n)),
  min_len: (n: bigint) => bytes('min_len', `must be at least ${n} bytes long`, (value) => value.length >= Number(n)),
  max_len: (n: bigint) => bytes('max_len', `must be at most ${n} bytes long`, (value) => value.length <= Number(n)),
  prefix: (wanted: Uint8Array) =>
    bytes('prefix', `must start with 0x${Buffer.from(wanted).toString('hex')}`, (value) => startsWith(value, wanted)),
  example: () => [],
} satisfies RuleTable;

/** buf.validate.EnumRules, by field. */
export function enumRules(type: DescEnum): RuleTable {
  const known = new Set(type.values.map((value) => value.number));
  const nameOf = (number: number) => type.values.find((value) => value.number === number)?.name ?? String(number);
  const rule = (id: string, text: string, test: (value: number) => boolean): Rule[] => [
    { id: `enum.${id}`, text, test: (value) => test(value as number) }, // ts-proto writes enums as numbers
  ];
  return {
    const: (wanted: number) => rule('const', `must be ${nameOf(wanted)}`, (value) => value === wanted),
    defined_only: (wanted: boolean) =>
      wanted ? rule('defined_only', `must be a value of ${type.name}`, (value) => known.has(value)) : [],
    in: (wanted: readonly number[]) =>
      rule('in', `must be one of ${wanted.map(nameOf).join(', ')}`, (value) => wanted.includes(value)),
    not_in: (refused: readonly number[]) =>
      rule('not_in', `must not be ${refused.map(nameOf).join(' or ')}`, (value) => !refused.includes(value)),
    example: () => [],
  };
}

/** buf.validate.FieldMaskRules, by field; ts-proto writes a mask as its list of paths. */
export const FIELD_MASK_RULES = {
  in: (wanted: readonly string[]): Rule[] => [
    {
      id: 'field_mask.in',
      text: `must only name ${wanted.map(show).join(', ')}`,
      test: (value) => (value as readonly string[]).every((path) => isCovered(path, wanted)), // see above
    },
  ],
  not_in: (refused: readonly string[]): Rule[] => [
    {
      id: 'field_mask.not_in',
      text: `must not name ${refused.map(show).join(', ')}`,
      test: (value) => !(value as readonly string[]).some((path) => isCovered(path, refused)), // see above
    },
  ],
  example: () => [],
} satisfies RuleTable;

const isCovered = (path: string, by: readonly string[]) =>
  by.some((prefix) => path === prefix || path.startsWith(`${prefix}.`));

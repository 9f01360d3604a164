import { ScalarType, getOption, hasOption, type DescField, type DescMessage } from '@bufbuild/protobuf';
import { Ignore, field as fieldRules, type FieldRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

/** A message, as proto3 JSON, that breaks one rule of one field; what else is wrong with it does not matter. */
export interface BadMessage {
  /** The field's path as a violation names it. */
  readonly field: string;
  readonly what: string;
  readonly json: Record<string, unknown>;
}

type Case = readonly [what: string, value: unknown];

/** Messages that break each rule of each field of this type, nested ones down to `depth`. */
export function badMessages(type: DescMessage, depth = 2): readonly BadMessage[] {
  return type.fields.flatMap((field): BadMessage[] => {
    const rules = hasOption(field, fieldRules) ? getOption(field, fieldRules) : undefined;
    const own = casesOf(field, rules).map(([what, value]) => ({
      field: field.name,
      what,
      json: value === undefined ? {} : { [field.jsonName]: value },
    }));
    const isNested = field.fieldKind === 'message' && field.message.typeName.startsWith('tradewind.') && depth > 1;
    if (!isNested) return own;
    const inner = badMessages(field.message, depth - 1).map((bad) => ({
      field: `${field.name}.${bad.field}`,
      what: bad.what,
      json: { [field.jsonName]: bad.json },
    }));
    return [...own, ...inner];
  });
}

function casesOf(field: DescField, rules: FieldRules | undefined): readonly Case[] {
  if (rules === undefined) return [];
  const mayBeZero =
    rules.ignore === Ignore.IF_ZERO_VALUE || rules.ignore === Ignore.ALWAYS || field.oneof !== undefined;
  const cases: Case[] = [];
  if (rules.required) cases.push(['missing', undefined]);
  const rule = rules.type;
  if (rule.case === 'string') {
    const { minLen, maxLen, wellKnown, pattern } = rule.value;
    if (minLen > 0n && !mayBeZero) cases.push(['missing', undefined]);
    if (maxLen > 0n) cases.push(['too long', 'x'.repeat(Number(maxLen) + 1)]);
    if (wellKnown.case === 'uuid') cases.push(['malformed', 'not-a-uuid']);
    if (wellKnown.case === 'uuid' && !mayBeZero) cases.push(['missing', undefined]);
    if (wellKnown.case === 'email') cases.push(['malformed', 'nobody-at-nowhere']);
    if (pattern !== '') cases.push(['malformed', '\u0001']);
  }
  if (rule.case === 'enum' && rule.value.definedOnly) cases.push(['of no known value', 9999]);
  if (rule.case === 'enum' && rule.value.notIn.includes(0)) cases.push(['missing', undefined]);
  if (rule.case === 'int32' && rule.value.greaterThan.case === 'gte') {
    cases.push(['too small', rule.value.greaterThan.value - 1]);
  }
  if (rule.case === 'int64' && rule.value.greaterThan.case === 'gte') {
    cases.push(['too small', String(rule.value.greaterThan.value - 1n)]);
  }
  if (rule.case === 'repeated') {
    const { minItems, maxItems } = rule.value;
    if (minItems > 0n) cases.push(['empty', undefined]);
    if (maxItems > 0n) cases.push(['too many', Array.from({ length: Number(maxItems) + 1 }, () => sample(field))]);
  }
  return cases;
}

function sample(field: DescField): unknown {
  if (field.message !== undefined) return {};
  if (field.enum !== undefined) return 1;
  return field.scalar === ScalarType.STRING ? 'x' : 1;
}

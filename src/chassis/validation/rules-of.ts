import type { DescEnum, Message } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import {
  AnyRulesSchema,
  BoolRulesSchema,
  BytesRulesSchema,
  DoubleRulesSchema,
  DurationRulesSchema,
  EnumRulesSchema,
  FieldMaskRulesSchema,
  Fixed32RulesSchema,
  Fixed64RulesSchema,
  FloatRulesSchema,
  Int32RulesSchema,
  Int64RulesSchema,
  SFixed32RulesSchema,
  SFixed64RulesSchema,
  SInt32RulesSchema,
  SInt64RulesSchema,
  StringRulesSchema,
  TimestampRulesSchema,
  UInt32RulesSchema,
  UInt64RulesSchema,
  type FieldRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

import type { Clock } from '../core/index.ts';
import { BOOL_RULES, NUMBER_RULES } from './number-rules.ts';
import { BYTES_RULES, FIELD_MASK_RULES, enumRules } from './other-rules.ts';
import { UnsupportedRuleError, type Rule, type RuleBuilder, type RuleTable } from './rule.ts';
import { STRING_RULES } from './string-rules.ts';
import { DURATION_RULES, timestampRules } from './time-rules.ts';

/** The kinds of rules that look at one value; 'repeated' and 'map' look at collections and are compiled apart. */
export type ValueRulesCase = Exclude<FieldRules['type']['case'], 'repeated' | 'map' | undefined>;

const SCHEMAS = {
  float: FloatRulesSchema,
  double: DoubleRulesSchema,
  int32: Int32RulesSchema,
  int64: Int64RulesSchema,
  uint32: UInt32RulesSchema,
  uint64: UInt64RulesSchema,
  sint32: SInt32RulesSchema,
  sint64: SInt64RulesSchema,
  fixed32: Fixed32RulesSchema,
  fixed64: Fixed64RulesSchema,
  sfixed32: SFixed32RulesSchema,
  sfixed64: SFixed64RulesSchema,
  bool: BoolRulesSchema,
  string: StringRulesSchema,
  bytes: BytesRulesSchema,
  enum: EnumRulesSchema,
  any: AnyRulesSchema,
  duration: DurationRulesSchema,
  fieldMask: FieldMaskRulesSchema,
  timestamp: TimestampRulesSchema,
} as const satisfies Record<ValueRulesCase, unknown>;

/** What is known about the place the rules stand at. */
export interface RulesPlace {
  /** "tradewind.user.v1.User.email", for the error about an unsupported rule. */
  readonly where: string;
  readonly enumType: DescEnum | undefined;
  readonly clock: Pick<Clock, 'now'>;
}

/** The rules that a buf.validate rules message sets. Throws UnsupportedRuleError for one that is not implemented. */
export function rulesOf(kind: ValueRulesCase, message: Message, place: RulesPlace): readonly Rule[] {
  if ((message.$unknown ?? []).length > 0) throw new UnsupportedRuleError(`${kind} (a predefined one)`, place.where);
  const table = tableOf(kind, place);
  const reflected = reflect(SCHEMAS[kind], message as never); // kind and message come from the same oneof
  return reflected.sortedFields
    .filter((field) => reflected.isSet(field))
    .flatMap((field) => {
      const build = table[field.name] as RuleBuilder<unknown> | undefined; // the table is keyed by the same fields
      if (build === undefined) throw new UnsupportedRuleError(`${kind}.${field.name}`, place.where);
      const value: unknown = (message as unknown as Record<string, unknown>)[field.localName];
      return build(field.oneof === undefined ? value : oneofValue(message, field.oneof.localName), kind);
    });
}

function oneofValue(message: Message, name: string): unknown {
  const member = (message as unknown as Record<string, { readonly value?: unknown }>)[name]; // protobuf-es' shape
  return member?.value;
}

function tableOf(kind: ValueRulesCase, { enumType, clock }: RulesPlace): RuleTable {
  const tables: Partial<Record<ValueRulesCase, RuleTable>> = {
    string: STRING_RULES,
    bytes: BYTES_RULES,
    bool: BOOL_RULES,
    enum: enumType === undefined ? {} : enumRules(enumType),
    duration: DURATION_RULES,
    timestamp: timestampRules(clock),
    fieldMask: FIELD_MASK_RULES,
    any: {},
  };
  return tables[kind] ?? NUMBER_RULES;
}

import { ScalarType, type DescEnum, type DescField, type DescMessage } from '@bufbuild/protobuf';
import type { FieldRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

import type { Clock } from '../core/index.ts';
import { checkOf, type Check, type Rule } from './rule.ts';
import { rulesOf, type ValueRulesCase } from './rules-of.ts';

/** What compiling one field needs of the whole: the checks of other messages, compiled once each. */
export interface Compiler {
  readonly clock: Pick<Clock, 'now'>;
  /** The check of a message type, or undefined when nothing can be wrong with it. */
  message(type: DescMessage): Check | undefined;
}

/** A value that is not a collection: a field's own, a list's item, a map's key or value. */
export interface ValueType {
  readonly enum?: DescEnum | undefined;
  readonly message?: DescMessage | undefined;
  readonly scalar?: ScalarType | undefined;
}

/** Types that ts-proto writes as something other than their fields; they have no rules inside. */
const PLAIN_TYPES = /^google\.protobuf\./;

/** No contract says it, because every string obeys: PostgreSQL cannot store the character, and no text needs it. */
const NO_NUL: Rule = {
  id: 'string.no_nul',
  text: 'must not hold the character U+0000',
  test: (value) => typeof value !== 'string' || !value.includes('\0'),
};

/** The check of one value: its own rules, then those inside it. */
export function compileValue(
  type: ValueType | DescField,
  rules: FieldRules | undefined,
  compiler: Compiler,
  where: string,
): Check | undefined {
  const own = compileOwn(type, rules, compiler, where);
  const inner =
    type.message === undefined || PLAIN_TYPES.test(type.message.typeName) ? undefined : compiler.message(type.message);
  if (own === undefined || inner === undefined) return own ?? inner;
  return (value, path, violations) => {
    own(value, path, violations);
    inner(value, path, violations);
  };
}

function compileOwn(
  type: ValueType,
  rules: FieldRules | undefined,
  compiler: Compiler,
  where: string,
): Check | undefined {
  const compiled = [
    ...declaredRules(type, rules, compiler, where),
    ...(type.scalar === ScalarType.STRING ? [NO_NUL] : []),
  ];
  return compiled.length === 0 ? undefined : checkOf(compiled);
}

function declaredRules(
  type: ValueType,
  rules: FieldRules | undefined,
  compiler: Compiler,
  where: string,
): readonly Rule[] {
  if (rules?.type.case === undefined) return [];
  const { case: kind, value } = rules.type;
  if (kind === 'repeated' || kind === 'map') return []; // buf lint refuses these here
  return rulesOf(kind satisfies ValueRulesCase, value, { where, enumType: type.enum, clock: compiler.clock });
}

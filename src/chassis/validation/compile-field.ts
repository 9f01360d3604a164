import { getOption, hasOption, type DescField } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { Ignore, field as fieldRules, type FieldRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

import { compileList, compileMap } from './compile-collection.ts';
import { compileValue, type Compiler } from './compile-value.ts';
import { UnsupportedRuleError, type Check } from './rule.ts';

/**
 * The check of one field of a ts-proto message, or undefined when nothing can be wrong with it. Absent fields obey
 * every rule except `required`; a field without presence is never absent. Source: buf/validate/validate.proto.
 */
export function compileField(field: DescField, compiler: Compiler): Check | undefined {
  const rules = hasOption(field, fieldRules) ? getOption(field, fieldRules) : undefined;
  const where = `${field.parent.typeName}.${field.name}`;
  if (rules?.ignore === Ignore.ALWAYS) return undefined;
  if (rules !== undefined && (rules.cel.length > 0 || rules.celExpression.length > 0)) {
    throw new UnsupportedRuleError('cel', where);
  }
  const check = compileKind(field, rules, compiler);
  const skipZero = rules?.ignore === Ignore.IF_ZERO_VALUE;
  if (rules?.required === true) return required(field, check);
  if (check === undefined) return undefined;
  const absent = hasPresence(field) ? isAbsent : isNever;
  return (value, path, violations) => {
    if (absent(value) || (skipZero && isZero(value))) return;
    check(value, path, violations);
  };
}

function compileKind(field: DescField, rules: FieldRules | undefined, compiler: Compiler): Check | undefined {
  switch (field.fieldKind) {
    case 'list':
      return compileList(field, rules, compiler);
    case 'map':
      return compileMap(field, rules, compiler);
    case 'scalar':
    case 'enum':
    case 'message':
      return compileValue(field, rules, compiler, `${field.parent.typeName}.${field.name}`);
  }
}

function required(field: DescField, check: Check | undefined): Check {
  const missing = hasPresence(field) ? isAbsent : isZero;
  return (value, path, violations) => {
    if (missing(value)) violations.push({ field: path, description: 'is required', reason: 'required' });
    else check?.(value, path, violations);
  };
}

/** Members of a oneof are looked at only when they are set, so presence is theirs too. */
function hasPresence(field: DescField): boolean {
  return (
    field.presence !== FeatureSet_FieldPresence.IMPLICIT && field.fieldKind !== 'list' && field.fieldKind !== 'map'
  );
}

const isNever = () => false;
const isAbsent = (value: unknown) => value === undefined || value === null;

function isZero(value: unknown): boolean {
  if (typeof value !== 'object') return value === undefined || value === '' || Number(value) === 0;
  if (value === null) return true;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Map) return value.size === 0;
  return !(value instanceof Date) && Object.keys(value).length === 0;
}

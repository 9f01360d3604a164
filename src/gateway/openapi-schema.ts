import { ScalarType, getOption, hasOption, type DescEnum, type DescField, type DescMessage } from '@bufbuild/protobuf';
import { field as fieldRules, type FieldRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

import type { Comments } from '../chassis/contract/index.ts';

/** A JSON Schema of the 2020-12 draft, which OpenAPI 3.1 uses. */
export type JsonSchema = Record<string, unknown>;

/** How proto3 JSON writes the well-known types. */
const WELL_KNOWN: Readonly<Record<string, JsonSchema>> = {
  'google.protobuf.Timestamp': { type: 'string', format: 'date-time' },
  'google.protobuf.Duration': { type: 'string', pattern: '^-?[0-9]+(\\.[0-9]+)?s$' },
  'google.protobuf.FieldMask': { type: 'string', description: 'Field paths in camelCase, separated by commas.' },
  'google.protobuf.Empty': { type: 'object' },
  'google.protobuf.Struct': { type: 'object' },
  'google.protobuf.Any': { type: 'object', properties: { '@type': { type: 'string' } } },
};

/** The schemas of these messages and of all they hold, by full name. */
export function messageSchemas(roots: readonly DescMessage[], comments: Comments): Record<string, JsonSchema> {
  const schemas = new Map<string, JsonSchema>();
  const visit = (message: DescMessage): void => {
    if (schemas.has(message.typeName) || message.typeName in WELL_KNOWN) return;
    schemas.set(message.typeName, messageSchema(message, comments));
    for (const field of message.fields) if (field.message !== undefined) visit(field.message);
  };
  roots.forEach(visit);
  return Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function messageSchema(message: DescMessage, comments: Comments): JsonSchema {
  const properties = message.fields.map((field) => [field.jsonName, schemaOfField(field, comments)]);
  const required = message.fields.filter((field) => rulesOf(field)?.required === true).map((field) => field.jsonName);
  return {
    type: 'object',
    description: comments(message.typeName),
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
  };
}

/** The schema of one field as proto3 JSON writes it, with the contract's validation rules where JSON Schema can say them. */
export function schemaOfField(field: DescField, comments: Comments): JsonSchema {
  const rules = rulesOf(field);
  const description = comments(`${field.parent.typeName}.${field.name}`);
  const base = { ...(description !== '' && { description }) };
  switch (field.fieldKind) {
    case 'list': {
      const list = rules?.type.case === 'repeated' ? rules.type.value : undefined;
      return {
        ...base,
        type: 'array',
        items: { ...elementSchema(field), ...ruleKeywords(list?.items) },
        ...(list?.minItems ? { minItems: Number(list.minItems) } : {}),
        ...(list?.maxItems ? { maxItems: Number(list.maxItems) } : {}),
        ...(list?.unique ? { uniqueItems: true } : {}),
      };
    }
    case 'map':
      return { ...base, type: 'object', additionalProperties: elementSchema(field) };
    case 'message':
    case 'enum':
    case 'scalar':
      return { ...elementSchema(field), ...base, ...ruleKeywords(rules) };
  }
}

function elementSchema(field: DescField): JsonSchema {
  if (field.message !== undefined) {
    return WELL_KNOWN[field.message.typeName] ?? { $ref: `#/components/schemas/${field.message.typeName}` };
  }
  if (field.enum !== undefined) return enumSchema(field.enum);
  return scalarSchema(field.scalar);
}

function enumSchema(type: DescEnum): JsonSchema {
  return { type: 'string', enum: type.values.map((value) => value.name) };
}

function scalarSchema(scalar: ScalarType | undefined): JsonSchema {
  switch (scalar) {
    case ScalarType.BOOL:
      return { type: 'boolean' };
    case ScalarType.BYTES:
      return { type: 'string', contentEncoding: 'base64' };
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return { type: 'number' };
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return { type: 'string', format: 'int64' }; // proto3 JSON: JavaScript's numbers would lose digits
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return { type: 'integer', format: 'int32' };
    default:
      return { type: 'string' };
  }
}

function rulesOf(field: DescField): FieldRules | undefined {
  return hasOption(field, fieldRules) ? getOption(field, fieldRules) : undefined;
}

function ruleKeywords(rules: FieldRules | undefined): JsonSchema {
  if (rules?.type.case === 'string') {
    const { minLen, maxLen, pattern, wellKnown, in: allowed } = rules.type.value;
    const formats: Readonly<Record<string, string>> = {
      uuid: 'uuid',
      email: 'email',
      uri: 'uri',
      hostname: 'hostname',
    };
    const format = wellKnown.case === undefined ? undefined : formats[wellKnown.case];
    return {
      ...(minLen > 0n && { minLength: Number(minLen) }),
      ...(maxLen > 0n && { maxLength: Number(maxLen) }),
      ...(pattern !== '' && { pattern }),
      ...(format !== undefined && { format }),
      ...(allowed.length > 0 && { enum: allowed }),
    };
  }
  if (rules?.type.case === 'int32') {
    const { greaterThan, lessThan } = rules.type.value;
    return {
      ...bound(greaterThan, { gt: 'exclusiveMinimum', gte: 'minimum' }),
      ...bound(lessThan, { lt: 'exclusiveMaximum', lte: 'maximum' }),
    };
  }
  return {};
}

function bound(
  rule: { readonly case: string | undefined; readonly value?: number | undefined },
  keywords: Readonly<Record<string, string>>,
): JsonSchema {
  const keyword = rule.case === undefined ? undefined : keywords[rule.case];
  return keyword === undefined ? {} : { [keyword]: rule.value };
}

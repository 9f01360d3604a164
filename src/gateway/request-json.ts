import { ScalarType, type DescField, type DescMessage } from '@bufbuild/protobuf';

import { invalidArgument } from '../chassis/core/index.ts';
import type { RouteMatch } from './routes.ts';

type JsonObject = Record<string, unknown>;

/**
 * The request message as proto3 JSON: the body, then the query's fields, then the path's, which win.
 * Source: google/api/http.proto, "Rules for HTTP mapping". Throws INVALID_ARGUMENT that names what does not fit.
 */
export function requestJson(match: RouteMatch, query: URLSearchParams, body: unknown): JsonObject {
  const { method, rule } = match.route;
  const json = fromBody(method.input, rule.body, body);
  for (const name of new Set(query.keys())) {
    setField(json, method.input, name, query.getAll(name), name);
  }
  for (const [path, value] of match.variables) setField(json, method.input, path, [value], path);
  return json;
}

function fromBody(message: DescMessage, bodyField: string, body: unknown): JsonObject {
  if (bodyField === '') {
    if (body === undefined) return {};
    throw invalidArgument([{ field: '', description: 'this route takes no body' }]);
  }
  if (bodyField === '*') return asObject(body ?? {}, '');
  const field = message.fields.find((candidate) => candidate.name === bodyField);
  return { [field?.jsonName ?? bodyField]: asObject(body ?? {}, bodyField) };
}

function asObject(value: unknown, field: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw invalidArgument([{ field, description: 'must be a JSON object' }]);
}

/** Sets a field by its path, in proto or JSON names, creating the messages on the way. */
function setField(
  json: JsonObject,
  message: DescMessage,
  path: string,
  values: readonly string[],
  shown: string,
): void {
  const [head = '', ...rest] = path.split('.');
  const field = message.fields.find((candidate) => candidate.name === head || candidate.jsonName === head);
  if (field === undefined) {
    throw invalidArgument([{ field: shown, description: `is not a field of ${message.typeName}` }]);
  }
  if (rest.length > 0) {
    if (field.fieldKind !== 'message') {
      throw invalidArgument([{ field: shown, description: `${head} has no fields` }]);
    }
    const inner = asObject(json[field.jsonName] ?? json[field.name] ?? {}, head);
    json[field.jsonName] = inner;
    setField(inner, field.message, rest.join('.'), values, shown);
    return;
  }
  delete json[field.name]; // the other writing of the same field
  json[field.jsonName] = fieldValue(field, values, shown);
}

function fieldValue(field: DescField, values: readonly string[], shown: string): unknown {
  if (field.fieldKind === 'list') return values.map((value) => scalar(field, value));
  if (values.length > 1) throw invalidArgument([{ field: shown, description: 'is given more than once' }]);
  const [value = ''] = values;
  if (field.fieldKind === 'map') throw invalidArgument([{ field: shown, description: 'cannot be in a query' }]);
  return scalar(field, value);
}

/** Proto3 JSON reads numbers from strings, but not booleans, enum numbers or masks in snake case. */
function scalar(field: DescField, value: string): unknown {
  if (field.scalar === ScalarType.BOOL) return value === 'true' ? true : value === 'false' ? false : value;
  if (field.enum !== undefined) return /^\d+$/.test(value) ? Number(value) : value;
  if (field.message?.typeName === 'google.protobuf.FieldMask') {
    return value.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
  }
  return value;
}

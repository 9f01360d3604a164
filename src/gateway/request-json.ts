import { ScalarType, type DescField, type DescMessage } from '@bufbuild/protobuf';

import { invalidArgument, type AppError } from '../chassis/core/index.ts';
import type { RouteMatch } from './routes.ts';

type JsonObject = Record<string, unknown>;

/**
 * The request message as proto3 JSON: the body, the query's fields, and the path's, which win over the body's. A field that
 * the path or the body carries cannot be in the query. Source: google/api/http.proto, "Rules for HTTP mapping".
 * Throws INVALID_ARGUMENT that names what does not fit.
 */
export function requestJson(match: RouteMatch, query: URLSearchParams, body: unknown): JsonObject {
  const { method, rule } = match.route;
  const json = fromBody(method.input, rule.body, body);
  for (const { chain, path, values } of queryFields(method.input, query)) {
    if (rule.body === '*' || chain[0]?.name === rule.body) throw violation(path, 'belongs into the body');
    if (match.variables.has(path)) throw violation(path, 'is set by the path');
    setField(json, chain, values, path);
  }
  for (const [path, value] of match.variables) setField(json, fieldChain(method.input, path), [value], path);
  return json;
}

const violation = (field: string, description: string): AppError => invalidArgument([{ field, description }]);

function fromBody(message: DescMessage, bodyField: string, body: unknown): JsonObject {
  if (bodyField === '') {
    if (body === undefined) return {};
    throw violation('', 'this route takes no body');
  }
  if (bodyField === '*') return asObject(body === undefined ? {} : body, '');
  const field = message.fields.find((candidate) => candidate.name === bodyField);
  return { [field?.jsonName ?? bodyField]: asObject(body === undefined ? {} : body, bodyField) };
}

function asObject(value: unknown, field: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw violation(field, 'must be a JSON object');
}

interface QueryField {
  readonly chain: readonly DescField[];
  /** In proto names: the one writing of it. */
  readonly path: string;
  readonly values: readonly string[];
}

/** The fields that a query names, in proto or JSON names; both writings of a field are the same field. */
function queryFields(message: DescMessage, query: URLSearchParams): readonly QueryField[] {
  const fields = new Map<string, QueryField>();
  for (const name of new Set(query.keys())) {
    const chain = fieldChain(message, name);
    const path = chain.map((field) => field.name).join('.');
    fields.set(path, { chain, path, values: [...(fields.get(path)?.values ?? []), ...query.getAll(name)] });
  }
  return [...fields.values()];
}

/** The fields from the request to the one that the path names. */
function fieldChain(message: DescMessage, path: string): readonly DescField[] {
  const chain: DescField[] = [];
  let inside: DescMessage | undefined = message;
  for (const name of path.split('.')) {
    const field: DescField | undefined = inside?.fields.find(
      (candidate) => candidate.name === name || candidate.jsonName === name,
    );
    if (field === undefined) throw violation(path, `is not a field of ${message.typeName}`);
    chain.push(field);
    inside = field.fieldKind === 'message' ? field.message : undefined;
  }
  return chain;
}

/** Sets a field, creating the messages on the way. */
function setField(json: JsonObject, chain: readonly DescField[], values: readonly string[], path: string): void {
  const [field, ...rest] = chain;
  if (field === undefined) return;
  if (rest.length > 0) {
    const inner = asObject(json[field.jsonName] ?? json[field.name] ?? {}, field.name);
    setField(inner, rest, values, path);
    json[field.jsonName] = inner;
  } else {
    json[field.jsonName] = fieldValue(field, values, path);
  }
  if (field.name !== field.jsonName) delete json[field.name]; // the other writing of the same field
}

function fieldValue(field: DescField, values: readonly string[], path: string): unknown {
  if (field.fieldKind === 'list') return values.map((value) => scalar(field, value));
  if (values.length > 1) throw violation(path, 'is given more than once');
  if (field.fieldKind === 'map') throw violation(path, 'cannot be in a query');
  return scalar(field, values[0] ?? '');
}

/** Proto3 JSON reads numbers from strings, but not booleans, enum numbers or masks in snake case. */
function scalar(field: DescField, value: string): unknown {
  if (field.scalar === ScalarType.BOOL) return value === 'true' ? true : value === 'false' ? false : value;
  if (field.enum !== undefined) return /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (field.message?.typeName === 'google.protobuf.FieldMask') {
    return value.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
  }
  return value;
}

import { fromBinary, fromJson, toBinary, toJson, type JsonValue } from '@bufbuild/protobuf';

import type { Contract } from '../chassis/contract/index.ts';
import { invalidArgument, type AppError } from '../chassis/core/index.ts';
import { requestJson } from './request-json.ts';
import type { Route, RouteMatch } from './routes.ts';

/** Between HTTP's JSON and gRPC's bytes. Source: https://protobuf.dev/programming-guides/json/ */
export interface Transcoder {
  /** Throws INVALID_ARGUMENT with the field that cannot be read. */
  toRequest(match: RouteMatch, query: URLSearchParams, body: unknown): Uint8Array;
  toResponse(route: Route, bytes: Uint8Array): JsonValue;
}

/** Works from the contract's descriptors alone: no generated code of any service. */
export function createTranscoder(contract: Contract): Transcoder {
  const { registry } = contract;
  return {
    toRequest(match, query, body) {
      const { input } = match.route.method;
      const json = requestJson(match, query, body) as JsonValue; // came from JSON.parse, or is text
      try {
        return toBinary(input, fromJson(input, json, { registry, ignoreUnknownFields: false }));
      } catch (error) {
        throw unreadable(error);
      }
    },
    toResponse(route, bytes) {
      const { output } = route.method;
      const json = toJson(output, fromBinary(output, bytes), { registry, alwaysEmitImplicit: true });
      return responseBody(route, json);
    },
  };
}

/** The part of the response that is the answer: all of it, unless the route names a field. */
function responseBody({ rule, method }: Route, json: JsonValue): JsonValue {
  const field = method.output.fields.find(({ name }) => name === rule.responseBody);
  if (field === undefined) return json;
  return (json as Record<string, JsonValue>)[field.jsonName] ?? null; // a message's JSON is an object
}

/** What protobuf-es says of JSON that does not fit: `cannot decode field a.b.Message.field from JSON: ...`. */
function unreadable(error: unknown): AppError {
  const text = error instanceof Error ? error.message : String(error);
  const [, kind, name = '', why = text] = /cannot decode (\w+) (\S+) from JSON: (.*)/s.exec(text) ?? [];
  const unknownKey = /^key "(.+)" is unknown/s.exec(why)?.[1];
  if (unknownKey !== undefined) {
    return invalidArgument([{ field: unknownKey, description: `is not a field of ${name}` }]);
  }
  const field = kind === 'field' || kind === 'oneof' ? (name.split('.').at(-1) ?? '') : '';
  return invalidArgument([{ field, description: field === '' && name !== '' ? `no ${name}: ${why}` : why }]);
}

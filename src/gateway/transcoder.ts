import type { JsonValue } from '@bufbuild/protobuf';

import { bytesFromJson, jsonFromBytes, type Contract } from '../chassis/contract/index.ts';
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
      return bytesFromJson(input, json, registry);
    },
    toResponse(route, bytes) {
      return responseBody(route, jsonFromBytes(route.method.output, bytes, registry));
    },
  };
}

/** The part of the response that is the answer: all of it, unless the route names a field. */
function responseBody({ rule, method }: Route, json: JsonValue): JsonValue {
  const field = method.output.fields.find(({ name }) => name === rule.responseBody);
  if (field === undefined) return json;
  return (json as Record<string, JsonValue>)[field.jsonName] ?? null; // a message's JSON is an object
}

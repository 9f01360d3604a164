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
      return toJson(output, fromBinary(output, bytes), { registry, alwaysEmitImplicit: true });
    },
  };
}

/** What protobuf-es says of JSON that does not fit: `cannot decode field a.b.Message.field from JSON: ...`. */
function unreadable(error: unknown): AppError {
  const text = error instanceof Error ? error.message : String(error);
  const decoded = /cannot decode (?:field|message) (\S+) from JSON: (.*)/s.exec(text);
  const unknownKey = /key "([^"]+)" is unknown/.exec(text);
  if (unknownKey?.[1] !== undefined) {
    return invalidArgument([{ field: unknownKey[1], description: 'is not a field of this message' }]);
  }
  const field = decoded?.[1]?.split('.').at(-1) ?? '';
  return invalidArgument([{ field, description: decoded?.[2] ?? text }]);
}

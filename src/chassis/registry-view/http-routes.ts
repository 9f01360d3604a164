import type { JsonValue } from '@bufbuild/protobuf';

import { RegistryServiceDefinition as Definition, WatchResponse } from '../../../gen/tradewind/registry/v1/registry.ts';
import { jsonAnswer, type AdminAnswer, type AdminRequest, type AdminRoute } from '../admin/index.ts';
import { bytesFromJson, jsonFromBytes, type Contract, type MethodContract } from '../contract/index.ts';
import { AppError, invalidArgument, type Clock } from '../core/index.ts';
import { compileRequests, createValidator, type Validate } from '../validation/index.ts';
import type { RegistryHandlers } from './registry-view.ts';

/** What the routes are made of. */
export interface RegistryRoutesOptions {
  readonly handlers: RegistryHandlers;
  readonly contract: Contract;
  readonly clock: Clock;
}

type Unary = Exclude<keyof typeof Definition.methods, 'watch'>;

/** What the index says of each route. */
const ABOUT: Readonly<Record<Unary, string>> = {
  listProcesses: 'every process somebody is registered for',
  discover: 'the live instances of a process; with ?watch again and again as they change',
  register: 'registers a program that speaks no gRPC',
  heartbeat: 'keeps such a registration alive',
  deregister: 'withdraws it',
};
type Call = (request: never, signal: AbortSignal) => Promise<unknown>;

/**
 * RegistryService over HTTP and JSON, for programs that do not speak gRPC and for an operator with curl. The paths, the
 * rules and the messages are those of the contract (tradewind/registry/v1/registry.proto):
 *
 * - `GET /registry/services`: `{"processes":["order","user"]}`
 * - `GET /registry/services/order`: `{"instances":[{...}],"position":"..."}`
 * - `GET /registry/services/order?watch`: the same, again and again as it changes; a line of JSON each, or server-sent
 *   events where Accept asks for text/event-stream. `after_position=...` (or Last-Event-ID) goes on after a broken one.
 * - `POST /registry/instances` with `{"instance":{"process":"order","id":"a1","address":"10.0.0.7:50051"},"ttl_seconds":10}`
 * - `PUT /registry/instances/order/a1/heartbeat`: every third of the time to live; 404 means register again
 * - `DELETE /registry/instances/order/a1`
 *
 * What is refused is google.rpc.Status in JSON that names the field and its rule.
 */
export function registryRoutes({ handlers, contract, clock }: RegistryRoutesOptions): readonly AdminRoute[] {
  const methods = contract.methods.filter(({ service }) => service === Definition.fullName);
  const rules = compileRequests(contract, [Definition.fullName], createValidator({ clock }));

  const check = (validate: Validate | undefined, message: unknown) => {
    const violations = validate?.(message) ?? [];
    if (violations.length > 0) throw invalidArgument(violations);
  };

  const unaryRoute = (method: MethodContract): AdminRoute[] => {
    const [rule] = method.http;
    if (rule === undefined) return [];
    const name = (method.name.charAt(0).toLowerCase() + method.name.slice(1)) as Unary; // as ts-proto names it
    const { requestType, responseType } = Definition.methods[name];
    const call = handlers[name] as Call; // the definition's types and the handlers' are the same
    const answer = async (request: AdminRequest): Promise<AdminAnswer> => {
      const body = rule.body === '*' ? objectOf(await request.json()) : {};
      const json = { ...body, ...request.variables };
      const message = requestType.decode(bytesFromJson(method.input, json, contract.registry));
      check(rules.get(method.path), message);
      const response = responseType.fromPartial((await call(message as never, request.signal)) as object);
      const bytes = responseType.encode(response as never).finish();
      return jsonAnswer(200, jsonFromBytes(method.output, bytes, contract.registry));
    };
    return [{ verb: rule.verb as AdminRoute['verb'], path: rule.template, about: ABOUT[name], handle: answer }];
  };

  const watch = contract.method(`/${Definition.fullName}/Watch`)!; // of the same contract
  const watchAnswer = (request: AdminRequest): AdminAnswer => {
    const afterPosition = request.query.get('after_position') ?? headerOf(request, 'last-event-id') ?? '';
    const message = { process: request.variables['process'] ?? '', afterPosition };
    check(rules.get(watch.path), message);
    handlers.assertRoomToWatch();
    const isEvents = (request.headers.accept ?? '').includes('text/event-stream');
    const lines = async function* () {
      for await (const listing of handlers.watch(message, request.signal)) {
        const bytes = WatchResponse.encode(WatchResponse.fromPartial(listing)).finish();
        const json = JSON.stringify(jsonFromBytes(watch.output, bytes, contract.registry));
        yield isEvents ? `id: ${listing.position}\ndata: ${json}\n\n` : `${json}\n`;
      }
    };
    return { status: 200, type: isEvents ? 'text/event-stream' : 'application/x-ndjson', body: lines() };
  };

  return methods.flatMap(unaryRoute).map((route) => {
    if (route.path !== WATCHED_PATH || route.verb !== 'GET') return route;
    const handle = (request: AdminRequest) =>
      request.query.has('watch') ? watchAnswer(request) : route.handle(request);
    return { ...route, handle };
  });
}

/** Discover's; with `?watch` it is Watch's. */
const WATCHED_PATH = '/registry/services/{process}';

function objectOf(json: unknown): Record<string, JsonValue> {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, JsonValue>; // from JSON
  throw new AppError({
    status: 'INVALID_ARGUMENT',
    reason: 'BODY_NOT_JSON',
    message: 'the body must be a JSON object',
  });
}

function headerOf(request: AdminRequest, name: string): string | undefined {
  return request.headers[name]?.toString();
}

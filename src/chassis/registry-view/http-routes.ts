import { RegistryServiceDefinition as Definition, WatchResponse } from '../../../gen/tradewind/registry/v1/registry.ts';
import { contractRoutes, type AdminAnswer, type AdminRequest, type AdminRoute } from '../admin/index.ts';
import { jsonFromBytes, type Contract } from '../contract/index.ts';
import { invalidArgument, type Clock } from '../core/index.ts';
import { compileRequests, createValidator } from '../validation/index.ts';
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
  const watch = contract.method(`/${Definition.fullName}/Watch`)!; // of the same contract
  const validate = compileRequests(contract, [Definition.fullName], createValidator({ clock })).get(watch.path);
  const watchAnswer = (request: AdminRequest): AdminAnswer => {
    const afterPosition = request.query.get('after_position') ?? headerOf(request, 'last-event-id') ?? '';
    const message = { process: request.variables['process'] ?? '', afterPosition };
    const violations = validate?.(message) ?? [];
    if (violations.length > 0) throw invalidArgument(violations);
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

  return contractRoutes<Unary>({ definition: Definition, handlers, about: ABOUT, contract, clock }).map((route) => {
    if (route.path !== WATCHED_PATH || route.verb !== 'GET') return route;
    const handle = (request: AdminRequest) =>
      request.query.has('watch') ? watchAnswer(request) : route.handle(request);
    return { ...route, handle };
  });
}

/** Discover's; with `?watch` it is Watch's. */
const WATCHED_PATH = '/registry/services/{process}';

function headerOf(request: AdminRequest, name: string): string | undefined {
  return request.headers[name]?.toString();
}

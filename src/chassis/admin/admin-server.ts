import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { AppError } from '../core/index.ts';
import { errorHeaders, httpStatusOf, toStatusJson } from '../errors/index.ts';
import type { HealthReport } from '../health/index.ts';
import { jsonAnswer, matchRoute, type AdminAnswer, type AdminRoute } from './admin-route.ts';
import { readJson } from './read-json.ts';
import { readinessJson } from './readiness-json.ts';

/** What the admin port shows. */
export interface AdminServerOptions {
  /** Looks at every component of the process; called for each request of /health/ready. */
  readonly health: () => Promise<HealthReport>;
  /** Prints the metrics in the format that an Accept header asks for. */
  readonly metrics: (accept: string | undefined) => Promise<{ readonly type: string; readonly body: string }>;
  /** What else there is; asked anew for each request, because parts come up after the port listens. Default: nothing. */
  readonly routes?: () => readonly AdminRoute[];
  /** Whose errors these are; default "tradewind". */
  readonly domain?: string;
}

/**
 * The HTTP port for operators and their tools, and for programs beside the suite. It says nothing secret, asks nobody who
 * they are, and is not for the outside.
 */
export interface AdminServer extends AsyncDisposable {
  /** Starts to listen; resolves to the port. Rejects when the address is taken. */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** A request and its headers have to be here within this time, in milliseconds: whoever sends slower is cut off. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Serves GET / (what there is), /health/live (the process runs: 200), /health/ready (component by component: 200, or 503 while
 * one is unhealthy), /metrics, and the routes it was given. Liveness asks nobody: a process is not restarted because its
 * database is away.
 */
export function createAdminServer(options: AdminServerOptions): AdminServer {
  const { health, metrics, routes = () => [], domain = 'tradewind' } = options;
  const own: readonly AdminRoute[] = [
    {
      verb: 'GET',
      path: '/',
      about: 'this list',
      handle: () => jsonAnswer(200, { routes: allRoutes().map(({ verb, path, about }) => ({ verb, path, about })) }),
    },
    {
      verb: 'GET',
      path: '/health/live',
      about: 'whether the process runs',
      handle: () => jsonAnswer(200, { status: 'live' }),
    },
    {
      verb: 'GET',
      path: '/health/ready',
      about: 'whether calls should come here, component by component: how it is, since when and why',
      async handle() {
        const report = await health();
        return jsonAnswer(report.isReady ? 200 : 503, readinessJson(report));
      },
    },
    {
      verb: 'GET',
      path: '/metrics',
      about: "every metric of the process, in OpenMetrics or Prometheus' text format",
      handle: async ({ headers }) => ({ status: 200, ...(await metrics(headers.accept)) }),
    },
  ];
  const allRoutes = () => [...own, ...routes()];

  async function answer(request: IncomingMessage, signal: AbortSignal): Promise<AdminAnswer> {
    try {
      const [path = '/', search = ''] = (request.url ?? '/').split('?');
      const { route, variables } = findRoute(allRoutes(), request.method ?? 'GET', path);
      const { headers } = request;
      return await route.handle({
        variables,
        query: new URLSearchParams(search),
        headers,
        json: () => readJson(request),
        signal,
      });
    } catch (thrown) {
      const error = AppError.from(thrown);
      return { ...jsonAnswer(httpStatusOf(error), toStatusJson(error, domain)), headers: errorHeaders(error) };
    }
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const { status, type, headers, body } = await answer(request, gone.signal);
    response.writeHead(status, { ...headers, 'content-type': type, 'cache-control': 'no-store' });
    // What was not read of a refused body would be taken for the next request.
    if (!request.complete) response.shouldKeepAlive = false;
    if (typeof body === 'string') return void response.end(request.method === 'HEAD' ? undefined : body);
    response.flushHeaders(); // whoever watches learns at once that it is being watched
    await pipeline(Readable.from(body), response).catch(() => response.destroy()); // the stream failed, or nobody reads it
  }

  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => void respond(request, response),
  );
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.removeListener('error', reject);
          const address = server.address();
          resolve(typeof address === 'object' && address !== null ? address.port : port);
        });
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Throws NOT_FOUND (ROUTE_NOT_FOUND), or METHOD_NOT_ALLOWED when only the verb is wrong. HEAD asks for what GET answers. */
function findRoute(routes: readonly AdminRoute[], method: string, path: string) {
  const matches = routes.flatMap((route) => {
    const variables = matchRoute(route.path, path);
    return variables === undefined ? [] : [{ route, variables }];
  });
  const verb = method === 'HEAD' ? 'GET' : method;
  const found = matches.find(({ route }) => route.verb === verb);
  if (found !== undefined) return found;
  if (matches.length === 0) {
    const paths = [...new Set(routes.map((route) => route.path))].join(', ');
    throw new AppError({
      status: 'NOT_FOUND',
      reason: 'ROUTE_NOT_FOUND',
      message: `there is nothing here; there are ${paths}`,
    });
  }
  const allow = [...new Set(matches.flatMap(({ route }) => (route.verb === 'GET' ? ['GET', 'HEAD'] : [route.verb])))];
  throw new AppError({
    status: 'UNIMPLEMENTED',
    reason: 'METHOD_NOT_ALLOWED',
    message: `this path does not take ${method}, but ${allow.join(', ')}`,
    metadata: { allow: allow.join(', ') },
  });
}

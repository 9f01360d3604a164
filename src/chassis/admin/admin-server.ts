import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { systemClock, type Clock } from '../core/index.ts';
import { readinessOf, type Check } from './readiness.ts';

/** What the admin port shows. */
export interface AdminServerOptions {
  /** By component: "database", "registry", "grpc". Asked anew for each request. */
  readonly checks: () => Readonly<Record<string, Check>>;
  /** Whom the process calls and how each endpoint is; default: nobody. */
  readonly targets?: () => readonly object[];
  /** Prints the metrics in Prometheus' text format. */
  readonly metrics: { metrics(): Promise<string>; readonly contentType: string };
  readonly clock?: Clock;
}

/** The HTTP port for operators and their tools. It changes nothing and says nothing secret, and is not for the outside. */
export interface AdminServer extends AsyncDisposable {
  /** Starts to listen; resolves to the port. Rejects when the address is taken. */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  /** Idempotent. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json',
  body: `${JSON.stringify(value)}\n`,
});

/**
 * Serves GET /health/live (the process runs: 200), /health/ready (component by component: 200 or 503), /metrics and
 * /targets (every target the process calls: endpoints, policy, service config).
 * Liveness asks nobody: a process is not restarted because its database is away.
 */
export function createAdminServer({ checks, targets, metrics, clock = systemClock }: AdminServerOptions): AdminServer {
  const routes: Readonly<Record<string, () => Promise<Answer>>> = {
    '/health/live': async () => json(200, { status: 'live' }),
    '/health/ready': async () => {
      const readiness = await readinessOf(checks(), clock);
      return json(readiness.status === 'ready' ? 200 : 503, readiness);
    },
    '/targets': async () => json(200, { targets: targets?.() ?? [] }),
    '/metrics': async () => ({ status: 200, type: metrics.contentType, body: await metrics.metrics() }),
  };

  async function answer(request: IncomingMessage): Promise<Answer> {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const route = routes[path];
    if (route === undefined) return json(404, { error: 'there is nothing here', paths: Object.keys(routes) });
    if (request.method !== 'GET' && request.method !== 'HEAD') return json(405, { error: 'only GET' });
    try {
      return await route();
    } catch (error) {
      return json(500, { error: error instanceof Error ? error.message : String(error) });
    }
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body } = await answer(request);
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
  }

  const server = createServer((request, response) => void respond(request, response));
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

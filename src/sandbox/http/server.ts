import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { SandboxEvent } from '../sandbox-event.ts';
import { ApiError } from './api-error.ts';
import { createRequest } from './request.ts';
import { createRouter, type HttpReply, type Route, type Router } from './router.ts';

/** How a stand-in's HTTP server is made. */
export interface HttpServerOptions {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly routes: readonly Route[];
  /** Waited for before every answer, refusals too: nobody hears of what is not on disk yet. */
  readonly beforeAnswer?: () => Promise<void>;
  readonly onEvent?: ((event: SandboxEvent) => void) | undefined;
}

/** A listening server. */
export interface HttpServer {
  /** "http://127.0.0.1:4010", without a slash at the end. */
  readonly url: string;
  /** Stops listening, lets running requests end for up to a second, then cuts them. */
  close(): Promise<void>;
}

/** Longer than any client of ours keeps an idle connection: the side that reuses must not be the one surprised. */
const KEEP_ALIVE_MS = 65_000;
const CLOSE_GRACE_MS = 1_000;

/** Starts a JSON server on node:http. Rejects when it cannot listen (EADDRINUSE). */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const router = createRouter(options.routes);
  const server = createServer((message, response) => {
    void answer(options, router, { message, response });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(options.port, options.host);
  await once(server, 'listening'); // rejects on 'error'
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one

  let closing: Promise<void> | undefined;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    close() {
      closing ??= new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      });
      return closing;
    },
  };
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer(options: HttpServerOptions, router: Router, { message, response }: Exchange): Promise<void> {
  message.on('error', () => undefined); // the caller hung up; its effect, if any, stands
  response.on('error', () => undefined);
  let reply = await replyTo(options, router, message);
  try {
    await options.beforeAnswer?.();
  } catch (error) {
    reply = internal(options, message, error);
  }
  if (reply === 'lost') message.socket.destroy();
  else write(response, reply);
}

async function replyTo(options: HttpServerOptions, router: Router, message: IncomingMessage): Promise<HttpReply> {
  try {
    const [path = '/', query = ''] = splitTarget(message.url ?? '/');
    const { route, parameters } = router(message.method ?? 'GET', path);
    return await route.handle(createRequest(message, query, parameters));
  } catch (error) {
    if (error instanceof ApiError) return { status: error.status, json: error.body, headers: error.headers };
    return internal(options, message, error);
  }
}

function internal(options: HttpServerOptions, message: IncomingMessage, error: unknown): HttpReply {
  options.onEvent?.({ kind: 'request-failed', method: message.method ?? '', path: message.url ?? '', error });
  const problem = new ApiError({ status: 500, code: 'INTERNAL', message: 'the stand-in failed; its log says why' });
  return { status: problem.status, json: problem.body };
}

/** The path, and what follows the question mark. A target that is a whole URL, as proxies send, is taken apart by URL. */
function splitTarget(target: string): readonly string[] {
  if (!target.startsWith('/')) {
    const { pathname, search } = new URL(target, 'http://sandbox');
    return [pathname, search.slice(1)];
  }
  const mark = target.indexOf('?');
  return mark < 0 ? [target] : [target.slice(0, mark), target.slice(mark + 1)];
}

const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

function write(response: ServerResponse, reply: Exclude<HttpReply, 'lost'>): void {
  const headers = 'headers' in reply ? { ...ALWAYS, ...reply.headers } : ALWAYS;
  if ('json' in reply) {
    send(response, reply.status, `${JSON.stringify(reply.json)}\n`, {
      ...headers,
      'content-type': 'application/json; charset=utf-8',
    });
  } else if ('text' in reply) {
    send(response, reply.status, reply.text, { ...headers, 'content-type': reply.contentType });
  } else {
    response.writeHead(reply.status, headers).end();
  }
}

/** With its length, head and body go out as one piece. */
function send(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { SandboxEvent } from '../sandbox-event.ts';
import { ApiError } from './api-error.ts';
import { createRequest } from './request.ts';
import { matchRoute, type HttpReply, type Route } from './router.ts';

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
  const server = createServer((message, response) => {
    void answer(options, message, response);
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

async function answer(options: HttpServerOptions, message: IncomingMessage, response: ServerResponse): Promise<void> {
  message.on('error', () => undefined); // the caller hung up; its effect, if any, stands
  response.on('error', () => undefined);
  let reply = await replyTo(options, message);
  try {
    await options.beforeAnswer?.();
  } catch (error) {
    reply = internal(options, message, error);
  }
  if (reply === 'lost') message.socket.destroy();
  else write(response, reply);
}

async function replyTo(options: HttpServerOptions, message: IncomingMessage): Promise<HttpReply> {
  try {
    const url = new URL(message.url ?? '/', 'http://sandbox');
    const { route, parameters } = matchRoute(options.routes, message.method ?? 'GET', url.pathname);
    return await route.handle(createRequest(message, url, parameters));
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

function write(response: ServerResponse, reply: Exclude<HttpReply, 'lost'>): void {
  if ('headers' in reply) {
    for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  }
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  if ('json' in reply) {
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.writeHead(reply.status).end(`${JSON.stringify(reply.json)}\n`);
  } else if ('text' in reply) {
    response.setHeader('content-type', reply.contentType);
    response.writeHead(reply.status).end(reply.text);
  } else {
    response.writeHead(reply.status).end();
  }
}

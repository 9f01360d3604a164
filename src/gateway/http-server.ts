import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

import type { Contract } from '../chassis/contract/index.ts';
import { HEADERS, runInCall, type CallContext, type Clock, type NewId } from '../chassis/core/index.ts';
import type { HttpFace } from '../chassis/lifecycle/index.ts';
import type { Logger } from '../chassis/telemetry/index.ts';
import { acceptBaggage } from '../chassis/tracing/index.ts';
import type { Callers } from './caller.ts';
import { badRequest, errorBody, refuseConnection, toAppError } from './http-error.ts';
import { errorHeaders, httpStatusOf } from '../chassis/errors/index.ts';
import { withinSpan, type HttpTracing } from './http-tracing.ts';
import { parseJsonBody } from './json-body.ts';
import { requestTarget } from './request-target.ts';
import { allowedVerbs, findRoute, routesOf } from './routes.ts';
import { createTranscoder } from './transcoder.ts';
import { countWrite, type WriteCounter } from './write-limit.ts';

/** Sends one encoded request to the RPC at this path and answers its encoded response. */
export type Upstream = (
  path: string,
  request: Uint8Array,
  options: { readonly signal: AbortSignal },
) => Promise<Uint8Array>;

/** What the gateway's HTTP server is made of. */
export interface GatewayServerOptions {
  readonly contract: Contract;
  readonly upstream: Upstream;
  readonly callers: Callers;
  readonly writes: WriteCounter;
  /** The document at /openapi.json, as text. */
  readonly openApi: string;
  readonly logger: Logger;
  readonly tracing: Omit<HttpTracing, 'clock'>;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** A request may take this long to arrive, and then this long to be answered, whatever is behind it. */
const REQUEST_TIMEOUT_MS = 15_000;
const MAX_BODY_BYTES = 1024 * 1024;
/** A caller's own id is kept when it is one that a log can hold. */
const CALL_ID = /^[\w.:-]{1,128}$/;

/** The HTTP face of the suite: routes of the contract, /openapi.json, /healthz; errors are google.rpc.Status as JSON. */
export function createGatewayServer(options: GatewayServerOptions): FastifyInstance {
  const { contract, upstream, callers, writes, clock, logger } = options;
  const routes = routesOf(contract);
  const transcoder = createTranscoder(contract);
  const server = createHttpServer(options.newId);

  function fail(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const error = toAppError(thrown);
    if (error.status === 'INTERNAL') {
      const { path } = requestTarget(request.url); // a query may hold what a log must not
      logger.error({ err: error.cause ?? error, path, callId: request.id }, 'request failed');
    }
    return reply.code(httpStatusOf(error)).headers(errorHeaders(error)).send(errorBody(error));
  }

  async function serve(request: FastifyRequest, call: CallContext, signal: AbortSignal): Promise<unknown> {
    const { path, query } = requestTarget(request.url);
    const match = findRoute(routes, request.method, path);
    const { method } = match.route;
    const principal = await callers.identify(call.authorization, method.access);
    await countWrite(writes, method, { principal, peer: request.ip });
    const message = transcoder.toRequest(match, query, request.body);
    const answer = await runInCall({ ...call, method: method.path, principal }, () =>
      upstream(method.path, message, { signal }),
    );
    return transcoder.toResponse(match.route, answer);
  }

  async function handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    if (request.method === 'OPTIONS') {
      const { path } = requestTarget(request.url);
      return reply.code(204).header('allow', allowedVerbs(routes, path).join(', ')).send();
    }
    const signal = goneSignal(reply);
    const call: CallContext = {
      callId: request.id,
      method: '',
      deadlineMs: clock.monotonicMs() + REQUEST_TIMEOUT_MS,
      principal: undefined,
      authorization: request.headers.authorization,
      signal,
      isRetry: false,
      peer: request.ip,
      baggage: acceptBaggage(request.headers[HEADERS.baggage]),
    };
    const answer = await withinSpan({ ...options.tracing, clock }, request, () => serve(request, call, signal));
    return reply.code(200).send(answer);
  }

  server.setErrorHandler(fail);
  server.setNotFoundHandler(handle); // methods that Fastify has no routes for
  server.get('/openapi.json', { exposeHeadRoute: true }, (_request, reply) =>
    reply.type('application/json').send(options.openApi),
  );
  server.get('/healthz', { exposeHeadRoute: true }, () => ({ status: 'ok' }));
  server.all('/*', handle);
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers({ [HEADERS.callId]: request.id, 'x-content-type-options': 'nosniff' });
    done();
  });
  server.addHook('onResponse', ({ id, method, url }, reply, done) => {
    const ms = Math.round(reply.elapsedTime);
    logger.info({ callId: id, method, path: requestTarget(url).path, status: reply.statusCode, ms }, 'request');
    done();
  });
  return server;
}

function createHttpServer(newId: NewId): FastifyInstance {
  const server: FastifyInstance = Fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // what arrives on an open connection is answered, with "connection: close"
    exposeHeadRoutes: false,
    genReqId({ headers }) {
      const given = headers[HEADERS.callId];
      return typeof given === 'string' && CALL_ID.test(given) ? given : newId();
    },
    frameworkErrors: (error, _request, reply) => {
      const refusal = toAppError(error);
      // Fastify types this reply for no route at all.
      void (reply as unknown as FastifyReply).code(httpStatusOf(refusal)).send(errorBody(refusal));
    },
    clientErrorHandler: refuseConnection,
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, ({ headers }, body, done) => {
    try {
      done(null, bodyOf(headers['content-encoding'], body as Buffer));
    } catch (error) {
      done(toAppError(error), undefined);
    }
  });
  return server;
}

function bodyOf(encoding: string | undefined, bytes: Uint8Array): unknown {
  if (encoding === undefined || encoding === 'identity') return parseJsonBody(bytes);
  throw badRequest(415, `the body must not be encoded, and is ${encoding}`);
}

/** Fires when the caller hangs up before it has its answer. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** The server as the lifecycle runs it: listens, and when told to drain answers what is under way and takes nothing new. */
export function httpFace(server: FastifyInstance): HttpFace {
  let isDraining = false;
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (isDraining) reply.header('connection', 'close'); // or the connection would idle on, and be waited for
    done();
  });
  return {
    async listen({ host, port }) {
      await server.listen({ host, port });
      const address = server.server.address();
      if (address === null || typeof address === 'string') throw new Error('the HTTP server has no port');
      return address.port;
    },
    async drain() {
      isDraining = true;
      await server.close();
    },
  };
}

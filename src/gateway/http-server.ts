import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  context as otelContext,
  defaultTextMapGetter,
  trace,
} from '@opentelemetry/api';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

import type { Contract } from '../chassis/contract/index.ts';
import { AppError, HEADERS, runInCall, type CallContext, type Clock, type NewId } from '../chassis/core/index.ts';
import { toStatusJson } from '../chassis/errors/index.ts';
import type { HttpFace } from '../chassis/lifecycle/index.ts';
import type { Logger, Traces } from '../chassis/telemetry/index.ts';
import type { Callers } from './caller.ts';
import { errorHeaders, httpStatusOf } from './http-status.ts';
import { findRoute, routesOf } from './routes.ts';
import { createTranscoder } from './transcoder.ts';

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
  /** The document at /openapi.json, as text. */
  readonly openApi: string;
  readonly logger: Logger;
  readonly tracing: Pick<Traces, 'tracer' | 'propagator'>;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** A request may take this long, whatever is behind it. */
const REQUEST_TIMEOUT_MS = 15_000;
const MAX_BODY_BYTES = 1024 * 1024;
/** A caller's own id is kept when it is one that a log can hold. */
const CALL_ID = /^[\w.:-]{1,128}$/;

/** The HTTP face of the suite: routes of the contract, /openapi.json; errors are google.rpc.Status as JSON. */
export function createGatewayServer(options: GatewayServerOptions): FastifyInstance {
  const { contract, upstream, callers, clock, newId, logger } = options;
  const routes = routesOf(contract);
  const transcoder = createTranscoder(contract);
  const server = Fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, text === '' ? undefined : JSON.parse(String(text)));
    } catch (error) {
      done(badBody(error), undefined);
    }
  });

  async function handle(request: FastifyRequest, reply: FastifyReply, call: CallContext): Promise<unknown> {
    const url = new URL(request.url, 'http://gateway');
    const match = findRoute(routes, request.method, url.pathname);
    const { method } = match.route;
    const principal = await callers.identify(call.authorization, method.access);
    const message = transcoder.toRequest(match, url.searchParams, request.body);
    const signal = call.signal ?? AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const answer = await runInCall({ ...call, method: method.path, principal }, () =>
      upstream(method.path, message, { signal }),
    );
    return reply.code(200).send(transcoder.toResponse(match.route, answer));
  }

  server.get('/openapi.json', (_request, reply) => reply.type('application/json').send(options.openApi));
  server.get('/healthz', () => ({ status: 'ok' }));
  server.all('/*', async (request, reply) => {
    const call = callContext(request, reply, clock, newId);
    reply.header(HEADERS.callId, call.callId);
    return withinSpan(options.tracing, request, reply, () => handle(request, reply, call));
  });
  server.setErrorHandler((thrown, request, reply) => {
    const error = toAppError(thrown);
    if (error.status === 'INTERNAL') logger.error({ err: error.cause ?? error, url: request.url }, 'request failed');
    return reply.code(httpStatusOf(error)).headers(errorHeaders(error)).send(toStatusJson(error, 'gateway.tradewind'));
  });
  server.addHook('onResponse', (request, reply, done) => {
    const { method, url } = request;
    const path = url.split('?', 1)[0]; // a query may hold what a log must not
    logger.info({ method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request');
    done();
  });
  return server;
}

function callContext(request: FastifyRequest, reply: FastifyReply, clock: Clock, newId: NewId): CallContext {
  const given = request.headers[HEADERS.callId];
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return {
    callId: typeof given === 'string' && CALL_ID.test(given) ? given : newId(),
    method: '',
    deadlineMs: clock.monotonicMs() + REQUEST_TIMEOUT_MS,
    principal: undefined,
    authorization: request.headers.authorization,
    signal: gone.signal,
    isRetry: false,
  };
}

async function withinSpan<T>(
  { tracer, propagator }: GatewayServerOptions['tracing'],
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<T>,
): Promise<T> {
  const parent = propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
  const attributes = { 'http.request.method': request.method, 'url.path': request.url.split('?', 1)[0] ?? '' };
  const span = tracer.startSpan(`HTTP ${request.method}`, { kind: SpanKind.SERVER, attributes }, parent);
  try {
    return await otelContext.with(trace.setSpan(parent, span), work);
  } catch (error) {
    const status = httpStatusOf(toAppError(error));
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.setAttribute('http.response.status_code', reply.statusCode);
    span.end();
  }
}

function badBody(error: unknown): AppError {
  return new AppError({
    status: 'INVALID_ARGUMENT',
    reason: 'BODY_NOT_JSON',
    message: `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`,
  });
}

/** Fastify's own refusals say what HTTP status they mean. */
function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new AppError({
      status: 'INVALID_ARGUMENT',
      reason: 'BODY_TOO_LARGE',
      message: `the body is larger than ${MAX_BODY_BYTES} bytes`,
    });
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new AppError({
      status: 'INVALID_ARGUMENT',
      reason: 'UNSUPPORTED_MEDIA_TYPE',
      message: 'the body must be sent as application/json',
    });
  }
  return AppError.from(thrown);
}

/** The server as the lifecycle runs it: listens, and when told to drain answers what is under way and takes nothing new. */
export function httpFace(server: FastifyInstance): HttpFace {
  return {
    async listen({ host, port }) {
      await server.listen({ host, port });
      const address = server.server.address();
      if (address === null || typeof address === 'string') throw new Error('the HTTP server has no port');
      return address.port;
    },
    drain: () => server.close(),
  };
}

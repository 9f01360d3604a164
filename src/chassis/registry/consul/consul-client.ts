import { abortError, type Clock } from '../../core/index.ts';
import type { ConsulService } from './consul-service.ts';

/** How an agent of Consul is reached. */
export interface ConsulConnection {
  /** host:port of the agent's HTTP API. */
  readonly address: string;
  /** An ACL token, sent with every request. */
  readonly token?: string | undefined;
  /** No request takes longer than this beyond the wait it asks for, in milliseconds. */
  readonly requestTimeoutMs: number;
}

/** What a blocking query asks: answer when something is newer than the index, or after the wait. */
export interface BlockingQuery {
  /** 0n: answer at once. */
  readonly index: bigint;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** What a query that can block was answered with. */
export interface IndexedAnswer {
  readonly index: bigint;
  /** The body as JSON; undefined: there is no such thing (404). */
  readonly json: unknown;
}

/** The calls to Consul we make, each bounded in time. They reject with a ConsulError, or with what fetch rejects with. */
export interface ConsulClient {
  registerService(service: ConsulService): Promise<void>;
  /** Also when the agent knows no such service. */
  deregisterService(id: string): Promise<void>;
  passCheck(id: string, signal: AbortSignal): Promise<void>;
  /** The instances of a service all of whose checks pass. */
  healthyService(name: string, query: BlockingQuery): Promise<IndexedAnswer>;
  /** Every passing check. */
  passingChecks(signal?: AbortSignal): Promise<unknown>;
  value(key: string, query: BlockingQuery): Promise<IndexedAnswer>;
  putValue(key: string, value: string, signal?: AbortSignal): Promise<void>;
  /** Also where there is no such key. */
  removeValue(key: string, signal?: AbortSignal): Promise<void>;
}

/** Consul answered, and not with what was asked for. */
export class ConsulError extends Error {
  override readonly name = 'ConsulError';
  /** The HTTP status. */
  readonly status: number;

  constructor(status: number, text: string) {
    super(`Consul answered ${status}: ${text.slice(0, 200).trim()}`);
    this.status = status;
  }
}

interface Request {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Sent as it is, where there is no `body`. */
  readonly text?: string;
  readonly query?: BlockingQuery;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Consul's HTTP API over the runtime's own fetch: these six requests need no library, and the one there is for Node
 * keeps its own time and cannot be told ours. Source: https://developer.hashicorp.com/consul/api-docs
 */
export function createConsulClient({ address, token, requestTimeoutMs }: ConsulConnection, clock: Clock): ConsulClient {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { 'x-consul-token': token }) };

  /** `read` is bounded too: a body that never ends is a request that takes too long. */
  async function request<Result>(
    { method, path, body, text, query, signal = query?.signal }: Request,
    read: (response: Response) => Promise<Result>,
  ): Promise<Result> {
    if (signal?.aborted) throw abortError(signal);
    const limit = new AbortController();
    const onAbort = () => limit.abort(abortError(signal));
    signal?.addEventListener('abort', onAbort, { once: true });
    const timeoutMs = requestTimeoutMs + (query === undefined ? 0 : longestWaitMs(query.waitMs));
    const timer = clock.setTimer(timeoutMs, () =>
      limit.abort(new Error(`Consul at ${address} did not answer within ${timeoutMs} ms`)),
    );
    try {
      const response = await fetch(`http://${address}${path}${query === undefined ? '' : searchOf(path, query)}`, {
        method,
        headers,
        signal: limit.signal,
        ...(body === undefined ? text !== undefined && { body: text } : { body: JSON.stringify(body) }),
      });
      return await read(response);
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  const send = (path: string, options: Omit<Partial<Request>, 'path' | 'query'> = {}) =>
    request({ method: 'PUT', path, ...options }, async (response) => {
      const text = await response.text();
      if (!response.ok) throw new ConsulError(response.status, text);
    });
  const ask = (path: string, query: BlockingQuery) => request({ method: 'GET', path, query }, indexed);

  return {
    registerService: (service) => send('/v1/agent/service/register', { body: service }),
    async deregisterService(id) {
      try {
        await send(`/v1/agent/service/deregister/${encodeURIComponent(id)}`);
      } catch (error) {
        if (!(error instanceof ConsulError && error.status === 404)) throw error;
      }
    },
    passCheck: (id, signal) => send(`/v1/agent/check/pass/${encodeURIComponent(id)}`, { signal }),
    healthyService: (name, query) => ask(`/v1/health/service/${encodeURIComponent(name)}?passing=true`, query),
    passingChecks: (signal) =>
      request({ method: 'GET', path: '/v1/health/state/passing', signal }, async (response) => {
        if (!response.ok) throw new ConsulError(response.status, await response.text());
        return response.json();
      }),
    value: (key, query) => ask(valuePath(key), query),
    putValue: (key, text, signal) => send(valuePath(key), { text, signal }),
    removeValue: (key, signal) => send(valuePath(key), { method: 'DELETE', signal }),
  };
}

/** The slashes of a key are those of the path. */
const valuePath = (key: string) => `/v1/kv/${key.split('/').map(encodeURIComponent).join('/')}`;

/** Consul adds up to a sixteenth, so that queries made together do not end together. */
const longestWaitMs = (waitMs: number) => Math.ceil((waitMs * 17) / 16);

function searchOf(path: string, { index, waitMs }: BlockingQuery): string {
  if (index === 0n) return '';
  return `${path.includes('?') ? '&' : '?'}index=${index}&wait=${waitMs}ms`;
}

async function indexed(response: Response): Promise<IndexedAnswer> {
  const text = await response.text();
  if (!response.ok && response.status !== 404) throw new ConsulError(response.status, text);
  const index = response.headers.get('x-consul-index') ?? '';
  if (!/^\d+$/.test(index)) throw new ConsulError(response.status, 'without X-Consul-Index');
  return { index: BigInt(index), json: response.status === 404 ? undefined : JSON.parse(text) };
}

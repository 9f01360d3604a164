import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import type { createAgent } from './agent.ts';
import { durationMs, refusal, type ServiceDefinition } from './words.ts';

type Agent = ReturnType<typeof createAgent>;

/** Consul's own default when a query names no wait, and its limit. */
const WAIT = { defaultMs: 300_000, maxMs: 600_000 };

/**
 * The part of Consul's HTTP API that a registry needs, as documented: agent services and TTL checks, health of a service
 * with blocking queries, checks by state, key-value. Beside it `/test/...`, for what a test does to a Consul.
 * Source: https://developer.hashicorp.com/consul/api-docs
 */
export function serveConsul(agent: Agent, token: string | undefined): Server {
  return createServer((request, response) => {
    void handle(agent, token, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
}

async function handle(agent: Agent, token: string | undefined, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? '/', 'http://consul');
  const body = await text(request);
  const answer = (status: number, content = '') => void response.writeHead(status).end(content);
  const route = `${request.method} ${url.pathname}`;
  const rest = (prefix: string) =>
    route.startsWith(prefix) ? decodeURIComponent(route.slice(prefix.length)) : undefined;
  let name: string | undefined;

  if (route === 'PUT /test/wipe') return void (agent.wipe(), answer(200));
  if ((name = rest('PUT /test/forget/')) !== undefined) return void (agent.remove(name), answer(200));
  if (token !== undefined && request.headers['x-consul-token'] !== token) return answer(403, 'Permission denied');

  if (route === 'PUT /v1/agent/service/register') {
    const definition = JSON.parse(body) as ServiceDefinition;
    const why = refusal(definition);
    if (why !== undefined) return answer(400, why);
    agent.register(definition);
    return answer(200);
  }
  if ((name = rest('PUT /v1/agent/service/deregister/')) !== undefined) {
    return agent.remove(name) ? answer(200) : answer(404, `Unknown service ID "${name}"`);
  }
  if ((name = rest('PUT /v1/agent/check/pass/')) !== undefined) {
    return agent.pass(name) ? answer(200) : answer(404, `Unknown check ID "${name}"`);
  }
  if ((name = rest('PUT /v1/kv/')) !== undefined) return void (agent.put(name, body), answer(200, 'true'));
  if ((name = rest('DELETE /v1/kv/')) !== undefined) return void (agent.delete(name), answer(200, 'true'));

  if ((name = rest('GET /v1/health/service/')) !== undefined) {
    const [wanted, passing] = [name, url.searchParams.has('passing')];
    await untilNewer(agent, url, () => agent.healthy(wanted, passing).index, response);
    const { index, entries } = agent.healthy(wanted, passing);
    return indexed(response, 200, index, entries);
  }
  if ((name = rest('GET /v1/health/state/')) !== undefined) {
    const { index, checks } = agent.checks(name);
    return indexed(response, 200, index, checks);
  }
  if ((name = rest('GET /v1/kv/')) !== undefined) {
    const key = name;
    await untilNewer(agent, url, () => agent.value(key).index, response);
    const { index, entry } = agent.value(key);
    return entry === undefined ? indexed(response, 404, index) : indexed(response, 200, index, [entry]);
  }
  return answer(404, 'Not found');
}

function indexed(response: ServerResponse, status: number, index: number, json?: unknown): void {
  const headers = {
    'content-type': 'application/json',
    'x-consul-index': String(index),
    'x-consul-knownleader': 'true',
  };
  response.writeHead(status, headers).end(json === undefined ? '' : JSON.stringify(json));
}

/**
 * Hangs until there is something newer than the index asked for, or the wait and up to a sixteenth of it are over. An
 * index from a future that never was (a wiped store's) hangs as well, as Consul's does.
 */
async function untilNewer(agent: Agent, url: URL, current: () => number, response: ServerResponse): Promise<void> {
  const index = Number(url.searchParams.get('index') ?? 0);
  const before = current();
  if (index === 0 || before > index) return;
  const wait = url.searchParams.get('wait');
  const waitMs = Math.min(wait === null ? WAIT.defaultMs : durationMs(wait), WAIT.maxMs);
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(done, waitMs + (Math.random() * waitMs) / 16);
    const stop = agent.onChange(() => current() !== before && done());
    response.on('close', done);
  });
}

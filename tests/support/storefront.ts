import { setTimeout as delay } from 'node:timers/promises';

import { backoffMs, systemRandom } from '../../src/chassis/core/index.ts';
import type { Customer, orderRequest } from './shopping.ts';
import type { TestSuite } from './suite.ts';

/** What a customer's own program does over the gateway's HTTP: it asks until it is answered, under the same request id. */
export interface Storefront {
  /** The order's id, once the order is acknowledged. Rejects when it is refused, or not answered in time. */
  place(request: ReturnType<typeof orderRequest>): Promise<string>;
  /** The same, with all of the answer. */
  answerTo(request: ReturnType<typeof orderRequest>): Promise<unknown>;
  cancel(orderId: string): Promise<void>;
}

/** Between two tries, with full jitter: customers who all ask again at once would be the outage. */
const RETRY = { baseMs: 200, maxMs: 2_000 };
const ATTEMPT_TIMEOUT_MS = 5_000;
const PATIENCE_MS = 30_000;

/** Statuses that say "not now", or that nobody can know. */
const PASSING = new Set([408, 409, 429, 499, 500, 502, 503, 504]);

/** Signs the customer in. */
export async function openStorefront(
  suite: TestSuite,
  { email, password }: Customer,
  options: {
    /** How long it asks until it gives up; default 30,000. */
    readonly patienceMs?: number;
    /** False: every request has a connection of its own, so that none is open a minute later. Default true. */
    readonly keepsConnections?: boolean;
  } = {},
): Promise<Storefront> {
  const { patienceMs = PATIENCE_MS, keepsConnections = true } = options;
  let token = '';

  async function signIn(): Promise<string> {
    const answer = await untilAnswered('/v1/auth:signIn', { email, password });
    return (answer as { tokens: { accessToken: string } }).tokens.accessToken;
  }

  async function untilAnswered(path: string, body: object): Promise<unknown> {
    const giveUpAt = performance.now() + patienceMs;
    for (let tries = 1; ; tries += 1) {
      const answer = await ask(path, body).catch((error: unknown) => ({ status: 0, text: String(error) }));
      if (answer.status === 200) return JSON.parse(answer.text);
      if (answer.status === 401 && path !== '/v1/auth:signIn') {
        token = ''; // it has expired, and would be refused there too
        token = await signIn();
      } else if (answer.status !== 0 && !PASSING.has(answer.status)) {
        throw new Error(`${path} was answered ${answer.status}: ${answer.text}`);
      }
      if (performance.now() > giveUpAt) throw new Error(`${path} has no answer: ${answer.status} ${answer.text}`);
      await delay(backoffMs(tries, RETRY, systemRandom));
    }
  }

  async function ask(path: string, body: object) {
    const response = await fetch(`${suite.ready.gateway}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
        ...(!keepsConnections && { connection: 'close' }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
    });
    return { status: response.status, text: await response.text() };
  }

  token = await signIn();
  return {
    async place(request) {
      const answer = await untilAnswered('/v1/orders', request);
      return (answer as { order: { id: string } }).order.id;
    },
    answerTo: (request) => untilAnswered('/v1/orders', request),
    async cancel(orderId) {
      await untilAnswered(`/v1/orders/${orderId}:cancel`, {});
    },
  };
}

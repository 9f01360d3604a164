import { describe, expect, it } from '@jest/globals';

import { createAdminServer, jsonAnswer, type AdminRoute } from '../../../../src/chassis/admin/index.ts';
import { AppError } from '../../../../src/chassis/core/index.ts';
import { eventually } from '../../../support/eventually.ts';

async function serve(routes: readonly AdminRoute[]) {
  const metrics = async () => ({ type: 'text/plain', body: 'up 1\n' });
  const database = { status: 'degraded', why: 'slow', since: 0 } as const;
  const server = createAdminServer({
    health: async () => ({ isReady: true, status: 'degraded', components: { database } }),
    metrics,
    routes: () => routes,
    domain: 'test.tradewind',
  });
  const url = `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
  return { url, [Symbol.asyncDispose]: () => server.close() };
}

describe('createAdminServer', () => {
  it('answers what every process has, HEAD without the body', async () => {
    await using server = await serve([]);
    expect(await (await fetch(`${server.url}/health/ready`)).json()).toEqual({
      status: 'ready',
      health: 'degraded',
      components: { database: { status: 'degraded', why: 'slow', since: '1970-01-01T00:00:00.000Z' } },
    });
    expect(await (await fetch(`${server.url}/metrics?x=1`)).text()).toBe('up 1\n');
    const head = await fetch(`${server.url}/health/live`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('lists at / what there is, a line each', async () => {
    await using server = await serve([{ verb: 'PUT', path: '/x', about: 'an x', handle: () => jsonAnswer(200, {}) }]);
    const { routes } = (await (await fetch(server.url)).json()) as { routes: { path: string; about: string }[] };
    expect(routes.map(({ path }) => path)).toEqual(['/', '/health/live', '/health/ready', '/metrics', '/x']);
    expect(routes.at(-1)).toEqual({ verb: 'PUT', path: '/x', about: 'an x' });
  });

  it('says what there is where there is nothing, and which verbs a path takes', async () => {
    await using server = await serve([
      { verb: 'PUT', path: '/things/{name}', about: 'a thing', handle: () => jsonAnswer(200, {}) },
    ]);
    const nothing = await fetch(`${server.url}//nowhere`);
    expect(nothing.status).toBe(404);
    expect(await nothing.json()).toMatchObject({ message: expect.stringContaining('/things/{name}') });
    const wrong = await fetch(`${server.url}/things/a`, { method: 'POST' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'PUT']);
    expect((await fetch(`${server.url}/things/`, { method: 'PUT' })).status).toBe(404);
  });

  it('hands a route its variables, decoded, and its query', async () => {
    await using server = await serve([
      {
        verb: 'GET',
        path: '/a/{one}/b/{two}',
        about: 'two names',
        handle: ({ variables, query }) => jsonAnswer(200, { variables, q: query.get('q') }),
      },
    ]);
    const answer = await fetch(`${server.url}/a/x%20y/b/100%25?q=1`);
    expect(await answer.json()).toEqual({ variables: { one: 'x y', two: '100%' }, q: '1' });
  });

  it('answers errors as google.rpc.Status, and says nothing of those nobody meant', async () => {
    const fail = (path: string, error: Error): AdminRoute => ({
      verb: 'GET',
      path,
      about: 'fails',
      handle: () => {
        throw error;
      },
    });
    const meant = new AppError({ status: 'NOT_FOUND', reason: 'NO_SUCH_THING', message: 'there is none' });
    await using server = await serve([fail('/meant', meant), fail('/broken', new Error('a secret path'))]);

    const refused = await fetch(`${server.url}/meant`);
    expect(refused.status).toBe(404);
    expect(await refused.json()).toMatchObject({
      code: 5,
      message: 'there is none',
      details: [{ reason: 'NO_SUCH_THING', domain: 'test.tradewind' }],
    });
    const broken = await fetch(`${server.url}/broken`);
    expect([broken.status, (await broken.text()).includes('secret')]).toEqual([500, false]);
  });

  it('writes a stream as it comes, and tells it when whoever read it is gone', async () => {
    let gone = false;
    const lines = async function* (signal: AbortSignal) {
      yield 'first\n';
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      gone = true;
    };
    await using server = await serve([
      {
        verb: 'GET',
        path: '/stream',
        about: 'lines',
        handle: ({ signal }) => ({ status: 200, type: 'text/plain', body: lines(signal) }),
      },
    ]);
    const stop = new AbortController();
    const response = await fetch(`${server.url}/stream`, { signal: stop.signal });
    const { value } = await response.body!.getReader().read();
    expect(new TextDecoder().decode(value)).toBe('first\n');
    stop.abort();
    await eventually(() => expect(gone).toBe(true));
  });
});

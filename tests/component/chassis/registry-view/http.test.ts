import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createEmbeddedEtcd } from '../../../../src/embedded/etcd/index.ts';
import { systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import { createEtcdRegistry, type Registry } from '../../../../src/chassis/registry/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { program, startViewProcess, type Answer } from './view-process.ts';

type Etcd = Awaited<ReturnType<typeof createEmbeddedEtcd>>;

let etcd: Etcd;
let registry: Registry;
let one: Awaited<ReturnType<typeof startViewProcess>>;
let two: typeof one;

beforeAll(async () => {
  etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
  registry = await createEtcdRegistry({ endpoints: [etcd.address], clock: systemClock, random: systemRandom });
  [one, two] = await Promise.all([
    startViewProcess(etcd.address, 'profile-1'),
    startViewProcess(etcd.address, 'profile-2'),
  ]);
});
afterAll(async () => {
  await Promise.all([one?.stop(), two?.stop()]);
  await registry?.close();
  await etcd?.close();
});

const fieldsOf = (body: Pick<Answer, 'details'>) =>
  body.details.flatMap((detail) => detail.fieldViolations ?? []).map(({ field }) => field);
const reasonOf = (body: Pick<Answer, 'details'>) => body.details[0]?.reason;

describe('the registry at the admin port', () => {
  it('lists processes, and the instances of one', async () => {
    expect((await one.call('GET', '/registry/services')).body.processes).toContain('profile');
    const { status, body } = await two.call('GET', '/registry/services/profile');
    expect(status).toBe(200);
    expect(body.instances).toMatchObject([
      { id: 'profile-1', address: one.grpc, weight: 100 },
      { id: 'profile-2', address: two.grpc },
    ]);
    expect((await one.call('GET', '/registry/services/profile')).body.position).toBe(body.position);
    expect((await one.call('GET', '/registry/services/nobody')).body).toMatchObject({ instances: [] });
  });

  it('lists a program that speaks JSON, for as long as its heartbeats come', async () => {
    const asked = { ...program('j-1', { weight: 0, zone: 'b', metadata: { language: 'php' } }), ttl_seconds: 3 };
    const { status, body } = await one.call('POST', '/registry/instances', asked);
    expect(status).toBe(200);
    expect(body).toMatchObject({ ttlSeconds: 3, instance: { id: 'j-1', weight: 0 } });
    expect(await registry.list('legacy')).toMatchObject([
      {
        ...{ id: 'j-1', address: '127.0.0.1:7001', weight: 0, zone: 'b' },
        metadata: { language: 'php', 'registered-through': 'profile-1' },
      },
    ]);

    const first = Date.parse(body.expireTime);
    const until = systemClock.monotonicMs() + 4_000;
    await eventually(
      async () => {
        const beat = await one.call('PUT', '/registry/instances/legacy/j-1/heartbeat');
        expect(beat.status).toBe(200);
        expect(Date.parse(beat.body.expireTime)).toBeGreaterThanOrEqual(first);
        expect(systemClock.monotonicMs()).toBeGreaterThan(until); // past its TTL
      },
      { timeoutMs: 10_000, intervalMs: 200 },
    );
    expect(await registry.list('legacy')).toHaveLength(1);

    await eventually(async () => expect(await registry.list('legacy')).toEqual([]), { timeoutMs: 10_000 });
    const late = await one.call('PUT', '/registry/instances/legacy/j-1/heartbeat');
    expect([late.status, reasonOf(late.body)]).toEqual([404, 'REGISTRATION_NOT_FOUND']);
  });

  it('replaces what a program says of itself, and withdraws it, twice if need be', async () => {
    await one.call('POST', '/registry/instances', program('j-2'));
    await one.call('POST', '/registry/instances', program('j-2', { weight: 5 }));
    await eventually(async () => expect(await registry.list('legacy')).toMatchObject([{ weight: 5 }]));
    await one.call('POST', '/registry/instances', program('j-2', { address: '127.0.0.1:7002' }));
    await eventually(async () => expect(await registry.list('legacy')).toMatchObject([{ address: '127.0.0.1:7002' }]));

    for (const _again of [1, 2]) {
      expect((await one.call('DELETE', '/registry/instances/legacy/j-2')).status).toBe(200);
      await eventually(async () => expect(await registry.list('legacy')).toEqual([]));
    }
  });

  it('refuses a name that a process or another keeper has, and says whose it is', async () => {
    const own = { instance: { process: 'profile', id: 'profile-2', address: '127.0.0.1:1' } };
    const taken = await one.call('POST', '/registry/instances', own);
    expect([taken.status, reasonOf(taken.body)]).toEqual([409, 'INSTANCE_EXISTS']);

    await one.call('POST', '/registry/instances', program('j-3'));
    const elsewhere = await two.call('POST', '/registry/instances', program('j-3'));
    expect([elsewhere.status, reasonOf(elsewhere.body)]).toEqual([409, 'INSTANCE_EXISTS']);
    expect(elsewhere.body.details[0]?.metadata).toEqual({ registered_through: 'profile-1' });
    expect((await two.call('PUT', '/registry/instances/legacy/j-3/heartbeat')).status).toBe(404);
    await one.call('DELETE', '/registry/instances/legacy/j-3');
    await eventually(async () => expect(await registry.list('legacy')).toEqual([]));
    expect((await two.call('POST', '/registry/instances', program('j-3'))).status).toBe(200);
    await two.call('DELETE', '/registry/instances/legacy/j-3');
  });

  it.each([
    ['no instance', {}, ['instance']],
    ['names that are none', program('', { process: 'Legacy' }), ['instance.process', 'instance.id']],
    ['no address', { instance: { process: 'legacy', id: 'x' } }, ['instance.address']],
    ['an address without a port', program('x', { address: 'host' }), ['instance.address']],
    ['a weight below zero', program('x', { weight: -1 }), ['instance.weight']],
    ['a TTL for ever', { ...program('x'), ttlSeconds: 86_400 }, ['ttl_seconds']],
    ['metadata that is a number', program('x', { metadata: { a: 1 } }), ['metadata']],
    ['a field nobody knows', { ...program('x'), colour: 'red' }, ['colour']],
  ])('refuses %s with 400 and names the field', async (_what, body, fields) => {
    const refused = await one.call('POST', '/registry/instances', body);
    expect(refused.status).toBe(400);
    expect(fieldsOf(refused.body)).toEqual(expect.arrayContaining(fields));
  });

  it('refuses bodies that are no JSON, do not say so, or are too large', async () => {
    const answers = [
      await one.call('POST', '/registry/instances', '{"instance":'),
      await one.call('POST', '/registry/instances', '[]'),
      await one.call('POST', '/registry/instances', program('x'), { 'content-type': 'text/plain' }),
      await one.call('POST', '/registry/instances', JSON.stringify({ pad: 'x'.repeat(70_000) })),
    ];
    expect(answers.map(({ status, body }) => [status, reasonOf(body)])).toEqual([
      [400, 'BODY_NOT_JSON'],
      [400, 'BODY_NOT_JSON'],
      [415, 'UNSUPPORTED_MEDIA_TYPE'],
      [413, 'BODY_TOO_LARGE'],
    ]);
    expect((await one.call('GET', '/registry/services/Nobody')).status).toBe(400);
  });

  it('watches: a line of JSON for each change, from the position that came last', async () => {
    const lines = await follow(`${one.url}/registry/services/watched?watch`);
    expect((await lines.next()).instances).toEqual([]);
    await one.call('POST', '/registry/instances', { instance: { process: 'watched', id: 'w', address: 'a:1' } });
    const listed = await lines.next();
    expect(listed.instances).toMatchObject([{ id: 'w' }]);
    await lines.close();

    const resumed = await follow(`${two.url}/registry/services/watched?watch&after_position=${listed.position}`);
    await one.call('DELETE', '/registry/instances/watched/w');
    expect((await resumed.next()).instances).toEqual([]);
    await resumed.close();
  });

  it('watches as server-sent events whose id is the position', async () => {
    const stop = new AbortController();
    const headers = { accept: 'text/event-stream' };
    const response = await fetch(`${one.url}/registry/services/profile?watch`, { headers, signal: stop.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const { value } = await response.body!.getReader().read();
    const text = new TextDecoder().decode(value);
    const [, id, data] = /^id: (\S+)\ndata: (.*)\n\n$/.exec(text) ?? [];
    expect(JSON.parse(data ?? '')).toMatchObject({
      position: id,
      instances: [{ id: 'profile-1' }, { id: 'profile-2' }],
    });
    stop.abort();
  });

  it('answers 503 when the registry cannot be asked, and still shows what it calls', async () => {
    await using away = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
    await using alone = await startViewProcess(away.address, 'profile-3');
    await away.close();
    const { status, body } = await alone.call('GET', '/registry/services/profile');
    expect([status, reasonOf(body)]).toEqual([503, 'REGISTRY_UNAVAILABLE']);
    expect((await alone.call('GET', '/targets')).body).toEqual({ targets: [] });
  });

  it('withdraws the programs it keeps when it ends', async () => {
    const three = await startViewProcess(etcd.address, 'profile-4');
    await three.call('POST', '/registry/instances', program('j-5'));
    expect(await registry.list('legacy')).toHaveLength(1);
    await three.stop();
    expect(await registry.list('legacy')).toEqual([]);
  });
});

/** The lines of an answer that does not end. */
async function follow(url: string) {
  const stop = new AbortController();
  const response = await fetch(url, { signal: stop.signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  return {
    async next() {
      for (;;) {
        const end = buffer.indexOf('\n');
        if (end >= 0) {
          const line = buffer.slice(0, end);
          buffer = buffer.slice(end + 1);
          return JSON.parse(line) as { instances: unknown[]; position: string };
        }
        const { value, done } = await reader.read();
        if (done) throw new Error('the watch ended');
        buffer += value;
      }
    },
    close: async () => stop.abort(),
  };
}

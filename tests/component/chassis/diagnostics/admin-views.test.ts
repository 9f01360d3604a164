import { Writable } from 'node:stream';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import type { ChassisClient } from '../../../../src/chassis/client/index.ts';
import { secret, url } from '../../../../src/chassis/config/index.ts';
import { defineService, startService, type RunningService } from '../../../../src/chassis/lifecycle/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { testDatabase, type TestDatabase } from '../../../support/postgres.ts';
import { startFleet, ID, type Fleet } from '../balancing/fleet.ts';

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

/** What must never be shown; also a part of the database's URL. */
const PLANTED = 'planted-secret';

let fleet: Fleet;
let database: TestDatabase;
let service: RunningService;
let client: ChassisClient<typeof UserServiceDefinition>;
let waiting = 0;

/** A process with a database, a backlog and two neighbours, one of which nobody is. */
const definition = defineService({
  name: 'viewed',
  configuration: {
    SIGNING_SECRET: secret('Signs.'),
    MAIL_URL: url('Mail.', ['smtp']),
  },
  migrations: [],
  neighbours: { nobody: 'optional' },
  async wire(context) {
    client = context.client(UserServiceDefinition, 'profile');
    context.client(UserServiceDefinition, 'nobody');
    const backlog = { name: 'letters', warnAfterSeconds: 60, advice: 'Send them.' };
    const broken = { name: 'parcels', warnAfterSeconds: 0, advice: 'Look.' };
    return {
      grpc: [],
      backlogs: [
        { ...backlog, measure: async () => ({ count: waiting, oldestSeconds: 90 }) },
        { ...broken, measure: () => Promise.reject(new Error('the table is locked')) },
      ],
    };
  },
});

beforeEach(async () => {
  [fleet, database] = await Promise.all([startFleet(), testDatabase()]);
  service = await startService(
    definition,
    {
      ...fleet.environment('viewed-1'),
      DATABASE_URL: database.url.reveal(),
      SIGNING_SECRET: PLANTED,
      PAGE_TOKEN_SECRET: PLANTED,
      MAIL_URL: `smtp://user:${PLANTED}@mail:25`,
      ETCD_LEASE_TTL_SECONDS: '2',
    },
    { logTo: nowhere },
  );
});
afterEach(async () => {
  await service.stop();
  await Promise.all([fleet[Symbol.asyncDispose](), database.close()]);
});

async function read(path: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`http://${service.http}${path}`)).json()) as Record<string, unknown>;
}

describe('the admin port', () => {
  it('shows nothing secret at any path that its index lists', async () => {
    const { routes } = (await read('/')) as { routes: { verb: string; path: string; about: string }[] };
    const paths = routes.filter(({ verb, path }) => verb === 'GET' && !path.includes('{')).map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['/config', '/targets', '/channels', '/pickers', '/process']));
    const password = new URL(database.url.reveal()).password;
    for (const path of [...paths, '/nothing']) {
      const text = await (await fetch(`http://${service.http}${path}`)).text();
      expect(text).not.toContain(PLANTED);
      if (password !== '') expect(text).not.toContain(password);
    }
    expect(await read('/config')).toMatchObject({
      configuration: expect.arrayContaining([
        expect.objectContaining({ key: 'SIGNING_SECRET', value: '[secret]', source: 'environment' }),
        expect.objectContaining({ key: 'DATABASE_URL', value: '[secret]' }),
        expect.objectContaining({ key: 'MAIL_URL', value: 'smtp://[secret]@mail:25' }),
        expect.objectContaining({ key: 'ZONE', value: 'local', source: 'default' }),
      ]),
    });
  });

  it('is degraded, and ready, while a neighbour is away, and says which and whether it is needed', async () => {
    const replica = await fleet.replica('one');
    const neighbours = async () => (await read('/health/ready'))['components'];
    await eventually(async () => {
      expect(await neighbours()).toMatchObject({
        neighbours: {
          status: 'degraded',
          why: 'nobody: no endpoint is known',
          parts: [
            { name: 'profile', need: 'required', status: 'healthy' },
            { name: 'nobody', need: 'optional', status: 'degraded', why: 'no endpoint is known' },
          ],
        },
      });
    });
    replica.service.server.health.set('not-serving');
    await eventually(async () => {
      expect(await neighbours()).toMatchObject({
        neighbours: { why: expect.stringContaining('profile: 1 of 1 connected endpoints say that they do not serve') },
      });
    });
    expect((await fetch(`http://${service.http}/health/ready`)).status).toBe(200);
  });

  it('is degraded, and ready, while the registry holds a service config that it refuses', async () => {
    await fleet.configure('{"balancing": "best"}');
    await eventually(async () => {
      expect(await read('/health/ready')).toMatchObject({
        status: 'ready',
        components: {
          configuration: {
            status: 'degraded',
            why: 'the service config of etcd:///profile is not valid: balancing: must be an object',
          },
        },
      });
    });
  });

  it('shows connections: state and since when, transport, shared stream, and the last failure once there was one', async () => {
    const replica = await fleet.replica('one');
    await eventually(() => client.getUser({ userId: ID }));
    const address = replica.service.grpc;
    const channel = async () => {
      const { targets } = (await read('/channels')) as { targets: { target: string; channels: object[] }[] };
      return targets.find(({ target }) => target === 'etcd:///profile')?.channels[0];
    };
    await eventually(async () => {
      expect(await channel()).toMatchObject({
        ...{ address, state: 'ready', since: expect.stringMatching(/^20.*Z$/), transport: 'multiplexed', inFlight: 0 },
        sharedStream: { state: 'open', inFlight: 0, maxConcurrentCalls: expect.any(Number) },
      });
    });
    expect(await channel()).not.toHaveProperty('lastFailure');
    await replica.service.server.close(); // its registration stays
    await eventually(async () => {
      expect(await channel()).toMatchObject({
        state: expect.stringMatching(/transient failure|connecting/),
        lastFailure: { kind: expect.stringMatching(/cannot connect|connection lost/), at: expect.any(String) },
      });
    });
  });

  it('shows what the picker of each target goes by', async () => {
    await fleet.replica('one');
    await fleet.configure({ balancing: { policy: { kind: 'p2c_ewma' } } });
    await eventually(() => client.getUser({ userId: ID }));
    await eventually(async () => {
      const { targets } = (await read('/pickers')) as { targets: object[] };
      expect(targets).toContainEqual(
        expect.objectContaining({
          target: 'etcd:///profile',
          policy: 'p2c_ewma',
          endpoints: [expect.objectContaining({ weight: 100, learned: expect.objectContaining({ success: 1 }) })],
        }),
      );
    });
  });

  it('tells what the process is and how its database is', async () => {
    const facts = await read('/process');
    expect(facts).toMatchObject({
      process: 'viewed',
      instance: 'viewed-1',
      node: process.version,
      pid: process.pid,
      contract: expect.stringMatching(/^[0-9a-f]{12}$/),
      registration: { state: 'registered', keepaliveAgeSeconds: expect.any(Number), ttlSeconds: 2 },
      database: { kind: 'answered', migrations: expect.any(Array), pool: { max: expect.any(Number) } },
    });
    const { nowMs, database: shown } = facts as { nowMs: number; database: { clockAheadMs: number } };
    expect(Math.abs(nowMs - Date.now())).toBeLessThan(60_000);
    expect(Math.abs(shown.clockAheadMs)).toBeLessThan(60_000); // both are this machine's
  });

  it('counts what waits, and says so where it cannot', async () => {
    waiting = 3;
    expect(await read('/backlogs')).toEqual({
      backlogs: [
        { name: 'letters', warnAfterSeconds: 60, advice: 'Send them.', kind: 'measured', count: 3, oldestSeconds: 90 },
        { name: 'parcels', warnAfterSeconds: 0, advice: 'Look.', kind: 'unknown', error: 'the table is locked' },
      ],
    });
  });
});

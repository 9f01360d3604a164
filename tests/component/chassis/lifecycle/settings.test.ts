import { Writable } from 'node:stream';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import { createClientFactory } from '../../../../src/chassis/client/index.ts';
import { systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import { startService, type RunningService } from '../../../../src/chassis/lifecycle/index.ts';
import { createEtcdRegistry, type Registry } from '../../../../src/chassis/registry/index.ts';
import { settingsKey } from '../../../../src/chassis/settings/index.ts';
import { createEmbeddedEtcd } from '../../../../src/embedded/etcd/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { profileService } from './profile-service.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';
const GET = '/tradewind.user.v1.UserService/GetUser';

describe('the settings of a process', () => {
  let stack: AsyncDisposableStack;
  let registry: Registry;
  let service: RunningService;
  let log: string[];

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    log = [];
    const etcd = stack.use(await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 }));
    registry = stack.use(
      await createEtcdRegistry({ endpoints: [etcd.address], clock: systemClock, random: systemRandom }),
    );
    const logTo = new Writable({
      write(chunk, _encoding, done) {
        log.push(String(chunk));
        done();
      },
    });
    service = stack.use(
      await startService(
        profileService(),
        { SHUTDOWN_GRACE_MS: '0', DRAIN_TIMEOUT_MS: '500', INSTANCE_ID: 'profile-1', LOG_LEVEL: 'info' },
        { registry, logTo },
      ),
    );
  });
  afterEach(async () => stack.disposeAsync());

  const write = (value: object | undefined) =>
    registry.values?.set(settingsKey('profile'), value && JSON.stringify(value));
  const shown = async () => {
    const response = await fetch(`http://${service.http}/settings`);
    return (await response.json()) as {
      readonly settings: { readonly source: string; readonly rejected?: string; readonly value: object };
      readonly shedding: { readonly state: string };
      readonly limits: { readonly methods: object };
    };
  };

  it('are those it was started with until somebody writes some, and again when they are taken away', async () => {
    expect(await shown()).toMatchObject({
      settings: { source: 'default', value: { logLevel: 'info', sampling: { ratio: 1 }, limits: { perCaller: {} } } },
      shedding: { state: 'open' },
    });
    await write({ logLevel: 'warn', shedding: false });
    await eventually(async () => expect((await shown()).shedding.state).toBe('off'));
    expect(await shown()).toMatchObject({ settings: { source: 'registry', value: { logLevel: 'warn' } } });

    await write(undefined);
    await eventually(async () => expect((await shown()).settings.source).toBe('default'));
    expect((await shown()).shedding.state).toBe('open');
  });

  it('change what is logged and limited without a restart', async () => {
    const factory = createClientFactory({ from: 'test', retry: { maxAttempts: 1 } });
    stack.defer(() => factory.close());
    const users = factory.client(UserServiceDefinition, `static:///${service.grpc}`);
    const ended = () => log.filter((line) => line.includes('call ended')).length;
    await users.getUser({ userId: ID });
    expect(ended()).toBe(0);

    const limit = { ratePerSecond: 0.001, burst: 2 };
    await write({ logLevel: 'debug', limits: { methods: { [GET]: limit } } });
    await eventually(async () => expect((await shown()).limits.methods).toHaveProperty([GET]));
    await users.getUser({ userId: ID });
    await users.getUser({ userId: ID });
    expect(ended()).toBe(2);
    await expect(users.getUser({ userId: ID })).rejects.toMatchObject({ reason: 'RATE_LIMITED' });
    // The rest of the settings changed, the limit did not: its bucket stays as empty as it was.
    await write({ logLevel: 'info', limits: { methods: { [GET]: limit } } });
    await eventually(async () => expect((await shown()).settings.value).toMatchObject({ logLevel: 'info' }));
    await expect(users.getUser({ userId: ID })).rejects.toMatchObject({ reason: 'RATE_LIMITED' });

    const metrics = await (await fetch(`http://${service.http}/metrics`)).text();
    expect(metrics).toMatch(/tradewind_server_limited_calls_total\{.*GetUser.*reason="RATE_LIMITED".*\} 2/);
    expect(metrics).toMatch(/tradewind_server_admission\{priority="critical".*\} 1/);
  });

  it('stay in force when what is written is wrong, and the process says what is', async () => {
    await write({ logLevel: 'warn' });
    await eventually(async () => expect((await shown()).settings.value).toMatchObject({ logLevel: 'warn' }));

    await write({ logLevel: 'debug', sampling: { ratio: 7 }, limits: { methods: { '/no.Such/Method': {} } } });
    await eventually(async () => expect((await shown()).settings.rejected).toBeDefined());

    const { settings } = await shown();
    expect(settings.rejected).toMatch(
      /sampling\.ratio: must be from 0 to 1; limits\.methods\["\/no\.Such\/Method"\]: /,
    );
    expect(settings.value).toMatchObject({ logLevel: 'warn', sampling: { ratio: 1 } });
    expect(log.some((line) => line.includes('settings refused') && line.includes('sampling.ratio'))).toBe(true);
    const metrics = await (await fetch(`http://${service.http}/metrics`)).text();
    expect(metrics).toMatch(/tradewind_settings_changes_total\{outcome="rejected".*\} 1/);
  });
});

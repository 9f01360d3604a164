import { Writable } from 'node:stream';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import type { ChassisClient } from '../../../../src/chassis/client/index.ts';
import { defineService, startService } from '../../../../src/chassis/lifecycle/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { ID, startFleet, type Fleet } from './fleet.ts';

/** A process that calls the fleet as every process of the suite calls another. */
async function startCaller(fleet: Fleet) {
  const log: Record<string, unknown>[] = [];
  const logTo = new Writable({
    write(chunk, _encoding, done) {
      log.push(JSON.parse(String(chunk)) as Record<string, unknown>);
      done();
    },
  });
  let client: ChassisClient<typeof UserServiceDefinition> | undefined;
  const definition = defineService({
    name: 'caller',
    async wire(context) {
      client = context.client(UserServiceDefinition, 'profile');
      return { grpc: [] };
    },
  });
  const service = await startService(definition, { ...fleet.environment('caller-1'), ZONE: 'a' }, { logTo });
  fleet.defer(() => service.stop());
  const fetched = async (path: string) => (await fetch(`http://${service.http}${path}`)).text();
  return {
    log,
    call: () => client!.getUser({ userId: ID }), // wired before it started
    target: async () => (JSON.parse(await fetched('/targets')) as { targets: Record<string, unknown>[] }).targets[0],
    metrics: () => fetched('/metrics'),
  };
}

describe('a process that calls others', () => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet();
  });
  afterEach(() => fleet[Symbol.asyncDispose]());

  it('shows at its admin port whom it calls, how each is, and which config is in force', async () => {
    await fleet.replica('near', { version: '1', zone: 'a' });
    const far = await fleet.replica('far', { version: '2', zone: 'b' });
    far.service.server.health.set('not-serving');
    await fleet.configure({ balancing: { policy: { kind: 'p2c_ewma' } } });
    const caller = await startCaller(fleet);
    await eventually(async () => {
      expect(await caller.target()).toMatchObject({
        target: 'etcd:///profile',
        policy: 'p2c_ewma',
        summary: { endpoints: 2, ready: 2, unhealthy: 1, ejected: 0, pickable: 1, panic: 'none' },
        config: { source: 'registry', generation: 1, value: { zone: { prefer: true } } },
      });
    });
    await caller.call();
    const { endpoints, picks } = (await caller.target()) as { endpoints: { version: string }[]; picks: unknown };
    expect(endpoints.toSorted((a, b) => (a.version < b.version ? -1 : 1))).toMatchObject([
      { zone: 'a', version: '1', weight: 100, state: 'ready', health: 'serving', inFlight: 0, learned: { success: 1 } },
      { zone: 'b', version: '2', weight: 100, state: 'ready', health: 'not serving', inFlight: 0 },
    ]);
    expect(picks).toContainEqual({ zone: 'a', version: '1', count: 1 });
  });

  it('measures endpoints by state, picks by zone and version, ejections and refused configs', async () => {
    const sick = await fleet.replica('sick', { zone: 'a' });
    await fleet.replica('well', { zone: 'a' });
    const caller = await startCaller(fleet);
    await eventually(async () => expect(await caller.target()).toMatchObject({ summary: { pickable: 2 } }));
    sick.isFailing = true;
    await eventually(async () => {
      await caller.call();
      expect(await caller.target()).toMatchObject({ summary: { ejected: 1 } });
    });
    await fleet.configure('{"zones": {}}');
    const text = await eventually(async () => {
      const read = await caller.metrics();
      expect(read).toMatch(/tradewind_client_service_configs_total\{.*outcome="rejected".*\} 1/);
      return read;
    });
    expect(text).toMatch(/tradewind_client_endpoints\{.*state="ejected".*\} 1/);
    expect(text).toMatch(/tradewind_client_endpoints\{.*state="pickable".*\} 1/);
    expect(text).toMatch(/tradewind_client_ejections_total\{.*reason="consecutive failures".*\} 1/);
    expect(text).toMatch(/tradewind_client_picks_total\{.*zone="a",version="1".*\} [1-9]/);
    expect(text).toMatch(/tradewind_client_panic\{.*kind="ejected".*\} 0/);
    expect(await caller.target()).toMatchObject({
      config: { source: 'default', rejected: expect.stringContaining('zones: is no field') },
    });
    const messages = caller.log.map(({ msg }) => msg);
    expect(messages).toContain('endpoint ejected');
    expect(messages).toContain('service config is not valid and ignored');
  });
});

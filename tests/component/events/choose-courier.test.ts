import { describe, expect, it } from '@jest/globals';

import type { Secret } from '../../../src/chassis/config/index.ts';
import { appendEvents, EVENTS_MIGRATIONS } from '../../../src/chassis/events/index.ts';
import { defineService, startService } from '../../../src/chassis/lifecycle/index.ts';
import { createStaticRegistry } from '../../../src/chassis/registry/index.ts';
import { createDatabase } from '../../../src/chassis/store/index.ts';
import { eventSource } from '../../support/events/event-publisher.ts';
import { eventually } from '../../support/eventually.ts';
import { describeIf } from '../../support/optional.ts';
import { testDatabaseUrl } from '../../support/postgres.ts';
import { hasRealNats, realNats } from '../../support/real-nats.ts';

const teller = defineService({
  name: 'teller',
  migrations: [EVENTS_MIGRATIONS],
  wire: async () => ({ grpc: [] }),
});

/** A publisher with these settings. */
async function startTeller(settings: Readonly<Record<string, string>>) {
  const url = await testDatabaseUrl();
  const common = { SHUTDOWN_GRACE_MS: '0', PAGE_TOKEN_SECRET: 'test', LOG_LEVEL: 'silent', DATABASE_URL: url.reveal() };
  const service = await startService(teller, { ...common, ...settings }, { registry: createStaticRegistry([]) });
  return { url, service };
}

/** Writes three events, as a change would. */
async function writeThree(url: Secret): Promise<void> {
  const database = createDatabase({ url, applicationName: 'test' });
  const next = eventSource();
  await database.transaction((tx) => appendEvents(tx, [next('a'), next('b'), next('a')]));
  await database.close();
}

describe('EVENTS_COURIER', () => {
  it('ends the start where the broker has no URL, and says which setting is missing', async () => {
    const start = startTeller({ EVENTS_COURIER: 'nats' });
    await expect(start).rejects.toThrow('NATS_URL: is required with EVENTS_COURIER=nats');
  });

  it('refuses a URL of something else, and does not print it', async () => {
    const start = startTeller({ EVENTS_COURIER: 'nats', NATS_URL: 'nats://here:4222,amqp://user:hunter2@there' });
    await expect(start).rejects.toThrow(/NATS_URL: must be a URL that starts with nats:\/\/ or tls:\/\/(?!.*hunter2)/s);
  });

  it('lets a process serve whose broker is away, and shows what waits for it', async () => {
    const { url, service } = await startTeller({ EVENTS_COURIER: 'nats', NATS_URL: 'nats://127.0.0.1:1' });
    await using _ = service;
    await writeThree(url);
    const response = await fetch(`http://${service.http}/backlogs`);
    const waiting = { name: 'events that nats has not confirmed', count: 3, oldestSeconds: expect.any(Number) };
    expect(await response.json()).toMatchObject({
      backlogs: expect.arrayContaining([expect.objectContaining(waiting)]),
    });
    expect((await fetch(`http://${service.http}/health/ready`)).status).toBe(200);
  });
});

describeIf(hasRealNats(), 'a process with EVENTS_COURIER=nats', 'nats-server', () => {
  it('hands its outbox to NATS, and measures that', async () => {
    await using server = await realNats();
    const { url, service } = await startTeller({ EVENTS_COURIER: 'nats', NATS_URL: server?.url ?? '' });
    await using _ = service;
    await writeThree(url);
    await eventually(async () => {
      const metrics = await (await fetch(`http://${service.http}/metrics`)).text();
      expect(metrics).toMatch(/^tradewind_relay_events_total\{courier="nats",[^}]*\} 3$/m);
      expect(metrics).toMatch(/^tradewind_relay_position\{courier="nats",[^}]*\} 3$/m);
      expect(metrics).toMatch(/^tradewind_broker_connected\{courier="nats",[^}]*\} 1$/m);
    });
  });
});

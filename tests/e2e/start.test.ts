import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { OrderServiceDefinition } from '../../gen/tradewind/order/v1/order.ts';
import { CATALOGUE } from '../../src/catalogue.ts';
import { findProgram } from '../support/find-program.ts';
import { breaches } from '../support/invariants/index.ts';
import { describeIf } from '../support/optional.ts';
import { startSuite, type TestSuite } from '../support/suite.ts';

const run = promisify(execFile);
const BUF = fileURLToPath(new URL('../../node_modules/.bin/buf', import.meta.url));

const A_CALL_TO_EACH: readonly (readonly [process: string, method: string, answer: string])[] = [
  ['user', 'tradewind.user.v1.UserService/ListUsers', 'users'],
  ['product', 'tradewind.product.v1.ProductService/ListProducts', 'products'],
  ['order', 'tradewind.order.v1.OrderService/ListOrders', 'orders'],
  ['payment', 'tradewind.payment.v1.PaymentService/ListPayments', 'payments'],
  ['shipping', 'tradewind.shipping.v1.ShippingService/ListShipments', 'shipments'],
  ['notification', 'tradewind.notification.v1.NotificationService/ListNotifications', 'notifications'],
  ['loyalty', 'tradewind.loyalty.v1.LoyaltyService/ListEntries', 'entries'],
];

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('tradewind up', () => {
  let home: string;
  let suite: TestSuite;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'tradewind-up-'));
    suite = await startSuite({ home });
  }, 120_000);
  afterAll(async () => {
    await suite?.[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  }, 30_000);

  it('carries the first order to its confirmation and tells its life step by step', () => {
    expect(suite.events.find((event) => event.event === 'order')).toMatchObject({ state: 'CONFIRMED' });
    const steps = suite.events.flatMap((event) => (event.event === 'step' ? [event.text] : [])).join('\n');
    for (const word of ['placed', 'capture-payment done', 'CONFIRMED', 'shipped', 'notified', 'rewarded']) {
      expect(steps).toContain(word);
    }
  });

  it('says at the start that calls are plain text, on this machine alone', () => {
    const told = suite.events.find((event) => event.event === 'security');
    expect(told).toMatchObject({ mtls: false, text: expect.stringMatching(/plain text.*127\.0\.0\.1.*--mtls/) });
  });

  it('ends with every process, its addresses and its pid, below 1.15 GB in all', () => {
    expect(suite.ready.processes.map((p) => p.name)).toEqual(CATALOGUE.map((entry) => entry.name));
    for (const { pid } of suite.ready.processes) expect(isAlive(pid)).toBe(true);
    expect(suite.ready.residentMb).toBeLessThan(1_150);
  });

  it('registers every service and the gateway in etcd', async () => {
    for (const entry of CATALOGUE.filter((e) => e.kind !== 'sandbox')) {
      const admin = suite.ready.processes.find((p) => p.name === entry.name)?.admin ?? '';
      const ready = (await (await fetch(`http://${admin}/health/ready`)).json()) as object;
      expect(JSON.stringify(ready)).toContain('registry');
    }
  });

  it('answers a foreign gRPC client that has no files', async () => {
    for (const [process, method, field] of A_CALL_TO_EACH) {
      const url = `http://${suite.address(process)}/${method}`;
      const { stdout } = await run(BUF, [
        'curl',
        '--protocol',
        'grpc',
        '--http2-prior-knowledge',
        '--emit-defaults',
        url,
      ]);
      expect(JSON.parse(stdout)).toHaveProperty(field);
    }
  }, 60_000);

  it('prints lines for curl that work', async () => {
    for (const line of suite.ready.try.filter((text) => text.startsWith('curl'))) {
      const { stdout } = await run('sh', ['-c', line]);
      expect(typeof JSON.parse(stdout)).toBe('object');
    }
  });

  describeIf(findProgram('grpcurl') !== undefined, 'with grpcurl', 'grpcurl', () => {
    it('prints lines for grpcurl that work', async () => {
      for (const line of suite.ready.try.filter((text) => text.startsWith('grpcurl'))) {
        const { stdout } = await run('sh', ['-c', line]);
        expect(stdout).not.toBe('');
      }
    }, 30_000);

    it('lists, describes and calls every service', async () => {
      for (const [process, method] of A_CALL_TO_EACH) {
        const address = suite.address(process);
        const [service = ''] = method.split('/');
        const listed = await run('grpcurl', ['-plaintext', address, 'list']);
        expect(listed.stdout).toContain(service);
        expect(listed.stdout).toContain('grpc.health.v1.Health');
        expect((await run('grpcurl', ['-plaintext', address, 'describe', service])).stdout).toContain('rpc');
        await run('grpcurl', ['-plaintext', address, method]);
      }
    }, 60_000);
  });

  it('runs beside a second suite with another home, on other ports where the first has taken them', async () => {
    const orderPort = Number(suite.address('order').split(':').at(-1));
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen({ host: '127.0.0.1', port: 0 }, resolve));
    const bound = blocker.address();
    const taken = bound !== null && typeof bound === 'object' ? bound.port : 0;
    const second = await startSuite({ args: ['--no-demo', '--port-base', String(Math.max(1024, taken - 3))] });
    try {
      const others = second.ready.processes.map((p) => p.address);
      for (const { address } of suite.ready.processes) expect(others).not.toContain(address);
      expect(second.address('order')).not.toBe(`127.0.0.1:${orderPort}`);
      expect(second.events.some((event) => event.event === 'port' && event.wanted === taken)).toBe(true);
    } finally {
      await second[Symbol.asyncDispose]();
      await new Promise((resolve) => blocker.close(resolve));
    }
  }, 150_000);

  it('refuses a home that another suite is using', async () => {
    await expect(startSuite({ home })).rejects.toThrow(/another suite/);
  }, 30_000);

  const firstOrder = () => {
    const event = suite.events.find((one) => one.event === 'order');
    return event?.event === 'order' ? event.orderId : '';
  };

  it('keeps every invariant', async () => {
    expect(await breaches(suite, { orderIds: [firstOrder()] })).toEqual([]);
  }, 60_000);

  it('stops everything at Ctrl-C, leaves nothing running, and keeps the data for the next start', async () => {
    const pids = suite.ready.processes.map((p) => p.pid);
    const orderId = firstOrder();
    expect(await suite.stop()).toBe(0);
    expect(suite.events.find((event) => event.event === 'stopped')?.ms ?? Infinity).toBeLessThan(10_000);
    for (const pid of pids) expect(isAlive(pid)).toBe(false);
    await suite[Symbol.asyncDispose]();

    suite = await startSuite({ home, args: ['--no-demo'] });
    const { order } = await suite.client(OrderServiceDefinition, 'order').getOrder({ orderId });
    expect(order?.id).toBe(orderId);
    expect(await breaches(suite, { orderIds: [orderId] })).toEqual([]);
  }, 150_000);
});

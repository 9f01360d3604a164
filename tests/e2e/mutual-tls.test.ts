import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { HealthDefinition } from '../../gen/health/v1/health.ts';
import { OrderServiceDefinition } from '../../gen/tradewind/order/v1/order.ts';
import { eventually } from '../support/eventually.ts';
import { ROOT } from '../support/repository.ts';
import { startSuite, type TestSuite } from '../support/suite.ts';

const run = promisify(execFile);

describe('tradewind up --mtls', () => {
  let suite: TestSuite;
  beforeAll(async () => {
    suite = await startSuite({ args: ['--mtls'] });
  }, 120_000);
  afterAll(async () => suite?.[Symbol.asyncDispose](), 30_000);

  const tradewind = async (...args: string[]) =>
    run(process.execPath, ['src/main.ts', ...args, '--home', suite.home], { cwd: ROOT });
  /** A foreign client of gRPC that shows a process's certificate. */
  const curl = async (caller: string, method: string) => {
    const path = (part: string) => join(suite.home, 'certificates', caller, `${part}.pem`);
    const security = ['--cacert', path('ca'), '--cert', path('certificate'), '--key', path('key')];
    const url = `https://${suite.address('order')}/${method}`;
    return run(join(ROOT, 'node_modules/.bin/buf'), ['curl', '--protocol', 'grpc', ...security, url]);
  };

  it('says so, and carries the first order to its confirmation', () => {
    expect(suite.events.find(({ event }) => event === 'security')).toMatchObject({ mtls: true });
    expect(suite.events.find(({ event }) => event === 'order')).toMatchObject({ state: 'CONFIRMED' });
  });

  it('lets commands call as the operator', async () => {
    const { stdout } = await tradewind('call', 'order.OrderService/ListOrders', '{"page_size":1}');
    expect(JSON.parse(stdout)).toMatchObject({ orders: [{ state: 'ORDER_STATE_CONFIRMED' }] });
    expect((await tradewind('services')).stdout).toContain('order');
    expect((await tradewind('sagas', 'list', '--json')).stderr).toBe('');
  }, 60_000);

  it('serves its users at the gateway as before', async () => {
    const get = async (path: string) => fetch(`${suite.ready.gateway}${path}`);
    expect((await get('/v1/products?page_size=1')).status).toBe(200);
    expect((await get('/v1/auth/jwks')).status).toBe(200);
    expect((await get('/v1/orders')).status).toBe(401);
  });

  it('lets a foreign client call with a certificate, as far as the contract lets its owner', async () => {
    await expect(curl('operator', 'tradewind.order.v1.OrderService/ListOrders')).resolves.toBeDefined();
    await expect(curl('loyalty', 'grpc.health.v1.Health/Check')).resolves.toBeDefined();
    await expect(curl('loyalty', 'tradewind.order.v1.OrderService/ListOrders')).rejects.toMatchObject({
      stderr: expect.stringContaining('loyalty may not call /tradewind.order.v1.OrderService/ListOrders'),
    });
  }, 60_000);

  it('prints lines for grpcurl that show the operator’s certificate', () => {
    for (const line of suite.ready.try.filter((text) => text.startsWith('grpcurl'))) {
      expect(line).toMatch(/^grpcurl -cacert \S+operator\/ca\.pem -cert \S+certificate\.pem -key \S+key\.pem /);
    }
  });

  it('refuses callers that speak plain text, whatever they ask, and logs it', async () => {
    const orders = suite.client(OrderServiceDefinition, 'order');
    await expect(orders.listOrders({}, { timeoutMs: 3_000 })).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    const health = suite.client(HealthDefinition, 'order');
    await expect(health.check({ service: '' }, { timeoutMs: 3_000 })).rejects.toMatchObject({ status: 'UNAVAILABLE' });

    await eventually(async () => {
      const log = await readFile(join(suite.home, 'logs', 'order.log'), 'utf8');
      expect(log).toContain('refused a connection: it does not speak TLS');
    });
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { eventually } from '../support/eventually.ts';
import { startSuite, type TestSuite } from '../support/suite.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const UNKNOWN_ORDER = '018f6f3e-7a3c-7cc1-8000-000000000000';

describe('tradewind call, services, watch', () => {
  let suite: TestSuite;
  beforeAll(async () => {
    suite = await startSuite({ args: ['--replicas', 'product=2'] });
  }, 120_000);
  afterAll(async () => suite?.[Symbol.asyncDispose]());

  const start = (args: readonly string[]) =>
    spawn(process.execPath, ['--no-warnings', 'src/main.ts', ...args], { cwd: ROOT, stdio: 'pipe' });
  const tradewind = async (args: readonly string[], input = '') => {
    const child = start(args);
    child.stdin.end(input);
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { stdout, stderr, code: code as number };
  };
  const call = (method: string, request: string, ...rest: string[]) =>
    tradewind(['call', method, request, '--home', suite.home, ...rest]);

  it('calls a method found through the registry and described by its server', async () => {
    const { stdout, code } = await call('product.ProductService/SearchProducts', '{"query":"tea","page_size":2}');

    expect(code).toBe(0);
    const { products } = JSON.parse(stdout) as { products: { productId: string; createTime: string }[] };
    expect(products).toHaveLength(2);
    expect(products[0]?.createTime).toMatch(/^\d{4}-\d\d-\d\dT/); // proto3's JSON, not protobufjs's
  });

  it('prints a stream line by line', async () => {
    const order = suite.events.find((event) => event.event === 'order');
    const orderId = order?.event === 'order' ? order.orderId : '';
    const { stdout, code } = await call('tradewind.order.v1.OrderService/WatchOrder', JSON.stringify({ orderId }));

    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('event');
  });

  it('sends a stream from standard input, and a request from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tradewind-call-'));
    try {
      await writeFile(join(folder, 'request.json'), JSON.stringify({ query: 'tea', pageSize: 1 }));
      const { stdout } = await call('product.ProductService/SearchProducts', `@${folder}/request.json`);
      expect((JSON.parse(stdout) as { products: unknown[] }).products).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    const health = ['call', 'grpc.health.v1.Health/Check', '-', '--process', 'order', '--home', suite.home];
    expect(JSON.parse((await tradewind(health, '{"service":""}\n')).stdout)).toEqual({ status: 'SERVING' });
    const track = ['call', 'shipping.ShippingService/TrackShipments', '-', '--home', suite.home];
    const tracked = await tradewind(track, `{"subscribe":{"subscriptions":[{"shipment_id":"${UNKNOWN_ORDER}"}]}}\n`);
    expect(`${tracked.stdout}${tracked.stderr}`).toMatch(/NOT_FOUND|SHIPMENT/);
  });

  it('prints a failure with its status, reason and details, and fails', async () => {
    const missing = await call('order.OrderService/GetOrder', JSON.stringify({ order_id: UNKNOWN_ORDER }));
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toMatch(/NOT_FOUND \(ORDER_NOT_FOUND\)/);

    const invalid = await call('order.OrderService/GetOrder', '{"order_id":"x"}');
    expect(invalid.stderr).toMatch(/INVALID_ARGUMENT[^]*order_id: /);
    const unknownField = await call('order.OrderService/GetOrder', '{"order":"x"}');
    expect(unknownField.stderr).toMatch(/order: is not a field of tradewind\.order\.v1\.GetOrderRequest/);
  });

  it.each([
    [['call', 'nothing'], /write it like/],
    [['call', 'order.OrderService/Nope'], /has no method Nope; it has PlaceOrder, GetOrder/],
    [['call', 'order.NoService/Nope'], /no service order\.NoService there/],
    [['call', 'order.OrderService/GetOrder', '{'], /is not JSON/],
    [['call', 'order.OrderService/GetOrder', '{}', '-H', 'nonsense'], /is not "name: value"/],
    [['call', 'order.OrderService/GetOrder', '{}', '--timeout-ms', '0'], /whole number above 0/],
  ])('names what is wrong with %j', async (args, message) => {
    const { stderr, code } = await tradewind([...args, '--home', suite.home]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /); // no stack
    expect(code).toBe(1);
  });

  it('says what to do where no suite runs', async () => {
    const { stderr, code } = await tradewind(['services', '--home', join(suite.home, 'empty')]);
    expect(stderr).toMatch(/no suite runs in .*npm start.*--etcd/);
    expect(code).toBe(1);
  });

  it('lists every live instance', async () => {
    const { stdout } = await tradewind(['services', '--home', suite.home]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^process\s+instance\s+address/);
    expect(lines.filter((line) => line.startsWith('product '))).toHaveLength(2);
    for (const name of ['user', 'order', 'payment', 'shipping', 'notification', 'loyalty', 'gateway']) {
      expect(stdout).toContain(name);
    }
    const json = await tradewind(['services', 'user', '--json', '--home', suite.home]);
    expect(JSON.parse(json.stdout)).toMatchObject({ process: 'user', address: suite.address('user') });
  });

  it('follows the instances of a process while they die and come back', async () => {
    const child = start(['watch', 'loyalty', '--json', '--home', suite.home]);
    const lines: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
    const seen = () => lines.join('');
    try {
      await eventually(() => expect(seen()).toContain('"change":"here"'), { timeoutMs: 20_000 });
      const restarted = suite.next('restarted', ({ name }) => name === 'loyalty', 60_000);
      process.kill(suite.pid('loyalty'), 'SIGKILL');
      await restarted;
      await eventually(() => expect(seen()).toMatch(/"change":"(changed|added)"/), { timeoutMs: 20_000 });
    } finally {
      child.kill('SIGINT');
      const [code] = (await once(child, 'exit')) as [number];
      expect(code).toBe(0);
    }
  }, 120_000);
});

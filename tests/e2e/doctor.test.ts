import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';

import { OrderServiceDefinition } from '../../gen/tradewind/order/v1/order.ts';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { TEST_CARDS } from '../../src/sandbox/payment-provider/index.ts';
import { eventually } from '../support/eventually.ts';
import { startEtcdProcess, type EtcdProcess } from '../support/fault-etcd.ts';
import { newCustomer, newProduct, orderRequest } from '../support/shopping.ts';
import { startSuite, type TestSuite } from '../support/suite.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Long enough for a lease to run out and for checks to settle on a busy machine. */
const PATIENCE = { timeoutMs: 60_000, intervalMs: 500 };

describe('tradewind doctor', () => {
  let etcd: EtcdProcess;
  let suite: TestSuite;

  beforeAll(async () => {
    etcd = await startEtcdProcess('embedded');
    suite = await startSuite({
      args: ['--no-demo'],
      environment: { ETCD_ENDPOINTS: etcd.address, CHECKOUT_UNDO_ATTEMPTS: '2' },
    });
  }, 120_000);
  afterAll(async () => {
    if (suite !== undefined) process.kill(suite.supervisorPid, 'SIGCONT');
    await suite?.[Symbol.asyncDispose]();
    await etcd?.[Symbol.asyncDispose]();
  }, 60_000);

  async function run(...args: readonly string[]) {
    const all = ['--no-warnings', 'src/main.ts', ...args, '--home', suite.home, '--etcd', etcd.address];
    const child = spawn(process.execPath, all, { cwd: ROOT });
    child.stdin.end();
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { stdout, stderr, code: code as number };
  }
  async function diagnosis() {
    const { stdout, code } = await run('doctor', '--json');
    const { findings, exitCode } = JSON.parse(stdout) as { findings: readonly Finding[]; exitCode: number };
    expect(exitCode).toBe(code);
    return { code, troubles: findings.filter(({ status }) => status !== 'ok'), findings };
  }
  const trouble = (check: string, status: 'warning' | 'failing', found: RegExp) =>
    expect.objectContaining({ check, status, found: expect.stringMatching(found), advice: expect.any(String) });

  it('finds a healthy suite well', async () => {
    await eventually(async () => {
      const { code, troubles, findings } = await diagnosis();
      expect(troubles).toEqual([]);
      expect(code).toBe(0);
      expect(findings).toContainEqual({ check: 'calls', status: 'ok', found: '8 of 8 instances answer and serve' });
    }, PATIENCE);
    const { stdout, code } = await run('doctor');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^registry +ok +etcd at .* lists 8 instances$/m);
    expect(stdout).toContain('All is well.');
  }, 120_000);

  it('tells a service config and settings that nobody takes and a saga that waits for a person, with what to do', async () => {
    const operator = new Etcd3({ hosts: etcd.address });
    await operator.put('/tradewind/config/payment').value('{"balancing": "best"}');
    await operator.put('/tradewind/settings/loyalty').value('{"logLevel": "loud"}');
    operator.close();
    const product = await newProduct(suite, 10);
    const customer = await newCustomer(suite, TEST_CARDS.capture_declined_undo_fails.number);
    await suite.client(OrderServiceDefinition, 'order').placeOrder(orderRequest(customer, product, 1));
    await eventually(async () => {
      const { code, troubles } = await diagnosis();
      expect(troubles).toContainEqual(trouble('service configs', 'warning', /refuse the service config of payment: /));
      expect(troubles).toContainEqual(
        trouble('settings', 'warning', /^loyalty refuse the settings of loyalty: logLevel/),
      );
      expect(troubles).toContainEqual(trouble('backlogs', 'warning', /^order: parked sagas: 1, the oldest for \d+s$/));
      expect(code).toBeGreaterThanOrEqual(1);
    }, PATIENCE);
    const { stdout } = await run('doctor');
    expect(stdout).toContain('tradewind sagas list --state parked');
    expect(stdout).toContain('Correct or delete /tradewind/config/payment');
  }, 180_000);

  it('tells a process that is gone while nothing starts it again, and who needs it', async () => {
    process.kill(suite.supervisorPid, 'SIGSTOP');
    process.kill(suite.pid('shipping'), 'SIGKILL');
    await eventually(async () => {
      const { code, troubles } = await diagnosis();
      expect(troubles).toContainEqual(trouble('processes', 'failing', /^no shipping is registered$/));
      expect(troubles).toContainEqual(trouble('health', 'failing', /^order cannot rely on shipping \(required\)/));
      expect(troubles).toContainEqual(trouble('health', 'warning', /^gateway cannot rely on shipping \(optional\)/));
      expect(code).toBe(2);
    }, PATIENCE);
  }, 120_000);

  it('takes a profile of a process that runs', async () => {
    const { stdout, code } = await run('profile', 'order', 'cpu', '--seconds', '1');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ nodes: expect.any(Array), samples: expect.any(Array) });
    expect(await run('profile', 'shop', 'cpu')).toMatchObject({ code: 1, stderr: expect.stringContaining('nobody') });
  }, 60_000);

  it('tells a registry that is away, and that nothing else could be looked at', async () => {
    await etcd.kill();
    const { code, troubles } = await diagnosis();
    expect(troubles).toEqual([trouble('registry', 'failing', /^etcd at .* does not answer: /)]);
    expect(code).toBe(2);
  }, 60_000);
});

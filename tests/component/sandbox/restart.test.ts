import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { RecordedApi } from '../../../src/sandbox/mutation/index.ts';
import { createPaymentProvider } from '../../../src/sandbox/payment-provider/index.ts';
import type { SandboxEvent } from '../../../src/sandbox/sandbox-event.ts';
import { createApi, createFolder } from './support.ts';

describe('a stand-in that starts again', () => {
  let folder: Awaited<ReturnType<typeof createFolder>>;
  let url = '';
  let children: ChildProcess[] = [];
  let providers: RecordedApi[] = [];
  const { get, post } = createApi(() => url);
  const order = (reference: string) => ({ token: 'tok_test_approve', amount: 100, currency: 'EUR', reference });
  const events: SandboxEvent[] = [];

  beforeEach(async () => {
    folder = await createFolder();
    events.length = 0;
    children = [];
    providers = [];
  });
  afterEach(async () => {
    await Promise.all(children.map(end));
    await Promise.all(providers.map((provider) => provider.close()));
    await folder.remove();
  });

  const end = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };

  const open = async () => {
    const provider = await createPaymentProvider({
      ledgerFile: folder.file('ledger.jsonl'),
      onEvent: (event) => events.push(event),
    });
    providers.push(provider);
    url = provider.url;
    return provider;
  };

  it('cuts off a torn last line, says so, and goes on after the last whole one', async () => {
    const first = await open();
    await post('/v1/authorizations', 'k1', order('order-1'));
    const second = await post('/v1/authorizations', 'k2', order('order-2'));
    await first.close();
    const whole = await readFile(folder.file('ledger.jsonl'));
    await appendFile(folder.file('ledger.jsonl'), '{"sequence":3,"id":"op_');

    await open();
    expect(events).toEqual([{ kind: 'journal-repaired', file: folder.file('ledger.jsonl'), bytes: 23 }]);
    expect(await readFile(folder.file('ledger.jsonl'))).toEqual(whole);
    expect(await post('/v1/authorizations', 'k2', order('order-2'))).toMatchObject({
      replayed: true,
      body: { id: second.body.id },
    });
    await post('/v1/authorizations', 'k3', order('order-3'));
    expect((await get('/v1/operations')).body.operations.map(({ sequence }: { sequence: number }) => sequence)).toEqual(
      [1, 2, 3],
    );
  });

  it('starts from a file torn at any byte of its last line', async () => {
    const first = await open();
    await post('/v1/authorizations', 'k1', order('order-1'));
    const oneLine = (await readFile(folder.file('ledger.jsonl'))).length;
    await post('/v1/authorizations', 'k2', order('order-2'));
    await first.close();
    const both = await readFile(folder.file('ledger.jsonl'));
    for (let length = both.length - 1; length > oneLine; length -= 37) {
      await writeFile(folder.file('ledger.jsonl'), both);
      await truncate(folder.file('ledger.jsonl'), length);
      const again = await open();
      expect((await get('/v1/summary')).body.references).toHaveLength(1);
      await again.close();
    }
  });

  it('refuses a ledger that is damaged before its end', async () => {
    await writeFile(folder.file('ledger.jsonl'), '{"sequence":1,\n{"sequence":2}\n');
    await expect(open()).rejects.toThrow('is damaged at byte 0');
  });

  it('has everything it ever acknowledged after kill -9 in the middle of work', async () => {
    const child = await run('payment-provider');
    const acknowledged: string[] = [];
    let killed = false;
    const workers = Array.from({ length: 8 }, async (_, worker) => {
      for (let index = 0; !killed; index += 1) {
        const key = `${worker}/${index}`;
        const answer = await post('/v1/authorizations', key, order(key)).catch(() => undefined); // killed: not acknowledged
        if (answer?.status !== 201) return;
        acknowledged.push(key);
        if (acknowledged.length === 200) {
          killed = true;
          child.kill('SIGKILL');
        }
      }
    });
    await Promise.all(workers);
    await run('payment-provider');
    const { references } = (await get('/v1/summary')).body;
    const known = new Set(references.map(({ reference }: { reference: string }) => reference));
    expect(acknowledged.filter((key) => !known.has(key))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThanOrEqual(200);
  });

  it.each(['payment-provider', 'carrier', 'smtp-sink'])(
    '%s ends by itself when its supervisor is gone',
    async (name) => {
      const child = await run(name);
      child.disconnect();
      const [code] = await once(child, 'exit');
      expect(code).toBe(0);
    },
  );

  /** Starts a stand-in as a process of its own and waits until it listens. */
  async function run(name: string): Promise<ChildProcess> {
    const child = fork(join(import.meta.dirname, 'run-sandbox.ts'), [name], {
      env: { PATH: process.env['PATH'], DATA_DIR: folder.path },
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    children.push(child);
    const [ready] = (await once(child, 'message')) as [{ readonly http: string }];
    url = `http://${ready.http}`;
    return child;
  }
});

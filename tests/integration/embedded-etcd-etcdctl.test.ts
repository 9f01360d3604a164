import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { createEmbeddedEtcd, type EmbeddedEtcd } from '../../src/embedded/etcd/index.ts';
import { eventually } from '../support/eventually.ts';
import { findProgram } from '../support/find-program.ts';
import { describeIf } from '../support/optional.ts';

const program = findProgram('etcdctl') ?? 'etcdctl';

describeIf(findProgram('etcdctl') !== undefined, 'embedded etcd with etcdctl', 'etcdctl (Debian: etcd-client)', () => {
  let server: EmbeddedEtcd;
  beforeAll(async () => {
    server = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
  });
  afterAll(() => server.close());

  const environment = () => ({ ...process.env, ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: server.address });

  /** What the command prints on both streams; rejects when it fails. */
  async function etcdctl(...words: string[]): Promise<string> {
    const { stdout, stderr } = await promisify(execFile)(program, words, { env: environment(), timeout: 10_000 });
    return (stdout + stderr).trim();
  }

  /** A command that runs until it is stopped, or that is fed its input. */
  function run(...words: string[]): { child: ChildProcess; printed: () => string; end: () => Promise<void> } {
    const child = spawn(program, words, { env: environment() });
    const ended = once(child, 'exit');
    let text = '';
    child.stdout.on('data', (part) => (text += String(part)));
    child.stderr.on('data', (part) => (text += String(part)));
    const end = async () => {
      child.kill('SIGKILL');
      await ended;
    };
    return { child, printed: () => text, end };
  }

  it('puts, gets and deletes', async () => {
    expect(await etcdctl('put', 'kv/a', '1')).toBe('OK');
    expect(await etcdctl('put', 'kv/a', '2', '--prev-kv')).toBe('OK\nkv/a\n1');
    await etcdctl('put', 'kv/b', '3');
    expect(await etcdctl('get', '--prefix', 'kv/')).toBe('kv/a\n2\nkv/b\n3');
    expect(await etcdctl('get', '--prefix', 'kv/', '--keys-only', '--order=DESCEND', '--limit=1')).toBe('kv/b');
    expect(await etcdctl('get', 'kv/', 'kv/b', '--print-value-only')).toBe('2');
    expect(JSON.parse(await etcdctl('get', 'kv/a', '-w', 'json'))).toMatchObject({ count: 1, kvs: [{ version: 2 }] });
    expect(await etcdctl('del', '--prefix', 'kv/', '--prev-kv')).toBe('2\nkv/a\n2\nkv/b\n3');
  });

  it('runs a transaction', async () => {
    await etcdctl('put', 'txn/a', '1');
    const { child, printed } = run('txn');
    child.stdin?.end('value("txn/a") = "1"\n\nput txn/a 2\nget txn/a\n\nput txn/a 3\n\n');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(printed()).toBe('SUCCESS\n\nOK\n\ntxn/a\n2\n');
  });

  it('watches a prefix, from now on and from the past', async () => {
    const before = JSON.parse(await etcdctl('put', 'watch/a', '1', '-w', 'json')) as { header: { revision: number } };
    const past = run('watch', '--prefix', 'watch/', `--rev=${before.header.revision}`);
    await eventually(() => expect(past.printed()).toBe('PUT\nwatch/a\n1\n'));
    await etcdctl('put', 'watch/b', '2');
    await etcdctl('del', 'watch/a');
    await eventually(() => expect(past.printed()).toBe('PUT\nwatch/a\n1\nPUT\nwatch/b\n2\nDELETE\nwatch/a\n\n'));
    await past.end();
  });

  it('grants, lists, keeps alive and revokes leases', async () => {
    const granted = await etcdctl('lease', 'grant', '60');
    const id = /^lease ([0-9a-f]+) granted with TTL\(60s\)$/.exec(granted)?.[1] ?? '';
    await etcdctl('put', 'lease/a', '1', `--lease=${id}`);
    expect(await etcdctl('lease', 'list')).toContain(id);
    expect(await etcdctl('lease', 'timetolive', id, '--keys')).toMatch(
      /granted with TTL\(60s\), remaining\(5\ds\), attached keys\(\[lease\/a\]\)$/,
    );
    expect(await etcdctl('lease', 'keep-alive', '--once', id)).toBe(`lease ${id} keepalived with TTL(60)`);
    expect(await etcdctl('lease', 'revoke', id)).toBe(`lease ${id} revoked`);
    expect(await etcdctl('get', 'lease/a')).toBe('');
    expect(await etcdctl('lease', 'timetolive', id)).toBe(`lease ${id} already expired`);
  });

  it('compacts, and refuses what was compacted', async () => {
    await etcdctl('put', 'compact/a', '1');
    const { header } = JSON.parse(await etcdctl('put', 'compact/a', '2', '-w', 'json')) as {
      header: { revision: number };
    };
    expect(await etcdctl('compaction', String(header.revision))).toBe(`compacted revision ${header.revision}`);
    await expect(etcdctl('get', 'compact/a', `--rev=${header.revision - 1}`)).rejects.toThrow(
      'etcdserver: mvcc: required revision has been compacted',
    );
    await expect(etcdctl('watch', 'compact/a', `--rev=${header.revision - 1}`)).rejects.toThrow(
      'required revision has been compacted',
    );
  });

  it('tells health, status and members', async () => {
    expect(await etcdctl('endpoint', 'health')).toMatch(/is healthy: successfully committed proposal/);
    const status = JSON.parse(await etcdctl('endpoint', 'status', '-w', 'json')) as [{ Endpoint: string }];
    expect(status[0]).toMatchObject({ Endpoint: server.address, Status: { version: expect.stringMatching(/^3\.4/) } });
    expect(await etcdctl('member', 'list')).toMatch(
      /^[0-9a-f]+, started, embedded, , http:\/\/127\.0\.0\.1:\d+, false$/,
    );
    const hash = await etcdctl('endpoint', 'hashkv');
    expect(await etcdctl('endpoint', 'hashkv')).toBe(hash);
    await etcdctl('put', 'hash/a', '1');
    expect(await etcdctl('endpoint', 'hashkv')).not.toBe(hash);
    expect(await etcdctl('alarm', 'list')).toBe('');
    expect(await etcdctl('defrag')).toContain('Finished defragmenting');
  });

  it('locks for as long as a command runs', async () => {
    expect(await etcdctl('lock', 'lock/a', 'echo', 'inside')).toBe('inside');
    expect(await etcdctl('get', '--prefix', 'lock/a')).toBe('');
  });
});

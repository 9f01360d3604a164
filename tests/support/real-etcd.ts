import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from './eventually.ts';
import { findProgram } from './find-program.ts';

/** A real etcd of one member, in a data directory of its own. Whoever started it closes it. */
export interface RealEtcd extends AsyncDisposable {
  /** `host:port` of the client API; stays the same through `start()`. */
  readonly endpoints: readonly string[];
  /** Ends the server as a crash does (SIGKILL); its data stays. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data after `kill()`. */
  start(): Promise<void>;
  /** Ends the server and removes its data. Idempotent. */
  close(): Promise<void>;
}

/** Whether this machine has an etcd server (Debian: `apt-get install etcd-server`); use it with describeIf. */
export function hasRealEtcd(): boolean {
  return findProgram('etcd') !== undefined;
}

/** Starts a real etcd on free ports, ready to be called; undefined when none is installed. */
export async function realEtcd(): Promise<RealEtcd | undefined> {
  const program = findProgram('etcd');
  if (program === undefined) return undefined;
  const directory = await mkdtemp(join(tmpdir(), 'tradewind-test-etcd-'));
  const [clientPort, peerPort] = await Promise.all([freePort(), freePort()]);
  const client = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const options = {
    name: 'test',
    'data-dir': join(directory, 'data'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `test=${peer}`,
    'log-level': 'error',
    logger: 'zap',
  };
  let server: ChildProcess | undefined;
  let output = '';

  async function start(): Promise<void> {
    const child = spawn(
      program ?? 'etcd',
      Object.entries(options).map(([name, value]) => `--${name}=${value}`),
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    server = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
    await eventually(
      async () => {
        if (child.exitCode !== null) return; // no use in waiting
        const health = (await (await fetch(`${client}/health`)).json()) as { health: string };
        if (health.health !== 'true') throw new Error('etcd is not healthy yet');
      },
      { timeoutMs: 15_000 },
    );
    if (child.exitCode !== null) throw new Error(`etcd ended with ${child.exitCode}: ${output}`);
  }

  async function kill(): Promise<void> {
    const child = server;
    server = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async function close(): Promise<void> {
    await kill();
    await rm(directory, { recursive: true, force: true });
  }

  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return { endpoints: [`127.0.0.1:${clientPort}`], kill, start, close, [Symbol.asyncDispose]: close };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo; // it listens on TCP
  probe.close();
  await once(probe, 'close');
  return port;
}

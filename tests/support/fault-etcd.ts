import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { realEtcd } from './real-etcd.ts';

/** Which etcd a fault is tried on: ours, which forgets everything when it dies, or the real one, which does not. */
export type EtcdKind = 'embedded' | 'real';

/** An etcd in a process of its own that can be killed and started again at the same address. */
export interface EtcdProcess extends AsyncDisposable {
  /** host:port. */
  readonly address: string;
  readonly kind: EtcdKind;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** After kill(); resolves when it serves. */
  start(): Promise<void>;
}

/** Starts one. Throws when the real one is asked for and not installed. */
export function startEtcdProcess(kind: EtcdKind): Promise<EtcdProcess> {
  return kind === 'embedded' ? startEmbedded() : startReal();
}

async function startReal(): Promise<EtcdProcess> {
  const server = await realEtcd();
  const address = server?.endpoints[0];
  if (server === undefined || address === undefined) throw new Error('etcd is not installed');
  return {
    address,
    kind: 'real',
    kill: () => server.kill(),
    start: () => server.start(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

async function startEmbedded(): Promise<EtcdProcess> {
  let current = await spawnEmbedded(0);
  const { address } = current;
  const kill = () => end(current.child);
  return {
    address,
    kind: 'embedded',
    kill,
    async start() {
      current = await spawnEmbedded(Number(address.split(':')[1]));
    },
    [Symbol.asyncDispose]: kill,
  };
}

async function spawnEmbedded(port: number): Promise<{ readonly child: ChildProcess; readonly address: string }> {
  const main = fileURLToPath(new URL('./embedded-etcd-main.ts', import.meta.url));
  const child = fork(main, [String(port)], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const exited = once(child, 'exit').then(() => {
    throw new Error(`the embedded etcd ended before it served on port ${port}`);
  });
  const [address] = (await Promise.race([once(child, 'message'), exited])) as [string];
  exited.catch(() => undefined); // from here on its end is what a test wants
  return { child, address };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

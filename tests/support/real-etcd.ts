import { join } from 'node:path';

import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { startRealServer, type RealServer } from './real-server.ts';

/** A real etcd of one member. */
export interface RealEtcd extends RealServer {
  /** `host:port` of the client API; stays the same through `start()`. */
  readonly endpoints: readonly string[];
}

/** Whether this machine has an etcd server (Debian: `apt-get install etcd-server`); use it with describeIf. */
export function hasRealEtcd(): boolean {
  return findProgram('etcd') !== undefined;
}

/** Starts a real etcd on free ports, ready to be called; undefined when none is installed. */
export async function realEtcd(): Promise<RealEtcd | undefined> {
  const program = findProgram('etcd');
  if (program === undefined) return undefined;
  const [clientPort, peerPort] = await Promise.all([freePort(), freePort()]);
  const client = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const server = await startRealServer({
    name: 'etcd',
    program,
    arguments: (directory) =>
      Object.entries({
        name: 'test',
        'data-dir': join(directory, 'data'),
        'listen-client-urls': client,
        'advertise-client-urls': client,
        'listen-peer-urls': peer,
        'initial-advertise-peer-urls': peer,
        'initial-cluster': `test=${peer}`,
        'log-level': 'error',
        logger: 'zap',
      }).map(([name, value]) => `--${name}=${value}`),
    isReady: async () => {
      const health = (await (await fetch(`${client}/health`)).json()) as { health: string };
      if (health.health !== 'true') throw new Error('etcd is not healthy yet');
    },
    startTimeoutMs: 15_000,
  });
  return { ...server, endpoints: [`127.0.0.1:${clientPort}`] };
}

import { connect } from '@nats-io/transport-node';

import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { startRealServer, type RealServer } from './real-server.ts';

/**
 * A real NATS server with JetStream. Killed, it keeps what it acknowledged, because the system still writes it to the
 * disk; what a power failure does is `wipe()`: the 2.9 of Debian syncs its files every two minutes and has no setting
 * for it (`sync_interval` came with 2.10).
 */
export interface RealNats extends RealServer {
  /** `nats://host:port`; stays the same through `start()`. */
  readonly url: string;
}

/** Whether this machine has a NATS server (Debian: `apt-get install nats-server`); use it with describeIf. */
export function hasRealNats(): boolean {
  return findProgram('nats-server') !== undefined;
}

/** Starts a real NATS server on a free port, ready to be called; undefined when none is installed. */
export async function realNats(): Promise<RealNats | undefined> {
  const program = findProgram('nats-server');
  if (program === undefined) return undefined;
  const port = await freePort();
  const url = `nats://127.0.0.1:${port}`;
  const server = await startRealServer({
    name: 'nats',
    program,
    arguments: (directory) => ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', directory],
    isReady: async () => {
      const connection = await connect({ servers: url, reconnect: false });
      await connection.close();
    },
    startTimeoutMs: 15_000,
  });
  return { ...server, url };
}

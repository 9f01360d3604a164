import { systemClock, type Clock } from '../../../../src/chassis/core/index.ts';
import { createEmbeddedEtcd } from '../../../../src/embedded/etcd/index.ts';
import { realEtcd } from '../../../support/real-etcd.ts';

/** An etcd that tests can take away and give back at the same address. */
export interface TestEtcd extends AsyncDisposable {
  readonly endpoint: string;
  /** True when stop() and start() keep what was stored. */
  readonly isDurable: boolean;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function embeddedTestEtcd(clock: Clock = systemClock): Promise<TestEtcd> {
  let server = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0, clock });
  const endpoint = server.address;
  const port = Number(endpoint.split(':')[1]);
  return {
    endpoint,
    isDurable: false,
    stop: () => server.close(),
    async start() {
      server = await createEmbeddedEtcd({ host: '127.0.0.1', port, clock });
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

export async function realTestEtcd(): Promise<TestEtcd> {
  const server = await realEtcd();
  const endpoint = server?.endpoints[0];
  if (server === undefined || endpoint === undefined) throw new Error('etcd is not installed');
  return {
    endpoint,
    isDurable: true,
    stop: () => server.kill(),
    start: () => server.start(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

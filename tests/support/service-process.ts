import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of the chassis, started by a test, registered in etcd. Whoever started it ends it. */
export interface ServiceProcess extends AsyncDisposable {
  readonly instance: string;
  /** host:port of its gRPC server. */
  readonly address: string;
  /** host:port of its admin server. */
  readonly admin: string;
  readonly isRunning: boolean;
  /** SIGTERM; resolves when it is gone, to its exit code and how long it took. */
  terminate(): Promise<{ readonly code: number | null; readonly ms: number }>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
}

/** How it is started. */
export interface ServiceProcessOptions {
  /** The file that runs it, beside this one: "./counter-main.ts". */
  readonly main: string;
  readonly instance: string;
  /** host:port of etcd. */
  readonly etcd: string;
  readonly leaseTtlSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts it and resolves when it is registered and serves. */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  const { main, instance, etcd, leaseTtlSeconds, environment } = options;
  const child = fork(fileURLToPath(new URL(main, import.meta.url)), {
    env: {
      PATH: process.env['PATH'] ?? '',
      ...(process.env['NODE_COMPILE_CACHE'] && { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] }),
      ETCD_ENDPOINTS: etcd,
      ETCD_LEASE_TTL_SECONDS: String(leaseTtlSeconds),
      INSTANCE_ID: instance,
      PAGE_TOKEN_SECRET: 'fault-test',
      LOG_LEVEL: 'silent',
      ...environment,
    },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const tooEarly = exited.then(([code]) => {
    throw new Error(`${instance} ended with ${code} before it served`);
  });
  const [ready] = (await Promise.race([once(child, 'message'), tooEarly])) as [{ grpc: string; http: string }];
  tooEarly.catch(() => undefined); // from here on its end is what a test wants
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const kill = async () => {
    child.kill('SIGKILL'); // a frozen process dies of it too
    await exited;
  };
  return {
    instance,
    address: ready.grpc,
    admin: ready.http,
    get isRunning() {
      return isRunning();
    },
    async terminate() {
      const startedAt = performance.now();
      child.kill('SIGTERM');
      const [code] = await exited;
      return { code, ms: performance.now() - startedAt };
    },
    kill,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    [Symbol.asyncDispose]: kill,
  };
}

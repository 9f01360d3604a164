import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A process that speaks Consul's HTTP API as it is documented. Whoever started it closes it. */
export interface ConsulProcess extends AsyncDisposable {
  /** host:port; stays the same through stop() and start(). */
  readonly address: string;
  /** SIGKILL; what it knew is gone. */
  stop(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay and nothing is answered, until thaw(). */
  freeze(): void;
  thaw(): void;
  /** Any request of its API, or of its /test/ room. Resolves to the answer. */
  request(method: string, path: string, body?: string): Promise<Response>;
}

/** Starts one on a free port, ready to be asked. */
export async function startConsul({ token = '' } = {}): Promise<ConsulProcess> {
  const main = fileURLToPath(new URL('./consul-main.ts', import.meta.url));
  let child: ChildProcess;
  const run = async (port: string): Promise<string> => {
    const started = spawn(process.execPath, [main, port, token], { stdio: ['ignore', 'pipe', 'inherit'] });
    child = started;
    const [address] = (await once(createInterface(started.stdout), 'line')) as [string];
    return address;
  };
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };

  const address = await run('0');
  return {
    address,
    stop,
    start: async () => void (await run(address.split(':')[1] ?? '')),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    request: (method, path, body) =>
      fetch(`http://${address}${path}`, {
        method,
        ...(body === undefined ? {} : { body }),
        ...(token === '' ? {} : { headers: { 'x-consul-token': token } }),
      }),
    [Symbol.asyncDispose]: stop,
  };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** An echo server in a process of its own, for tests that kill one as a crash does. */
export interface EchoProcess extends AsyncDisposable {
  readonly address: string;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Starts tests/support/echo-main.ts; each of its calls takes `delayMs`. */
export async function startEchoProcess(name: string, delayMs: number): Promise<EchoProcess> {
  const main = fileURLToPath(new URL('./echo-main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, name, String(delayMs)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [address] = (await once(createInterface(child.stdout), 'line')) as [string];
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  return { address, kill, [Symbol.asyncDispose]: kill };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { Load } from './load.ts';

/** What the bench asks of a side. */
export type SideRequest =
  | { readonly kind: 'load'; readonly concurrency: number; readonly durationMs: number }
  /** The process's CPU time so far, in microseconds. */
  | { readonly kind: 'cpu' }
  | { readonly kind: 'stop' };

/** What a side says: once when it is ready, then once for each request. */
export type SideReply =
  { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'failed'; readonly text: string };

/** One side of a peer, as the bench sees it. */
export interface SideProcess extends AsyncDisposable {
  /** Where a server listens; empty for a client. */
  readonly address: string;
  load(concurrency: number, durationMs: number): Promise<Load>;
  cpuUs(): Promise<number>;
}

const STOP_TIMEOUT_MS = 5_000;

/** Starts `hop/side.ts` with these arguments; resolves when it is ready. */
export async function startSide(args: readonly string[]): Promise<SideProcess> {
  const main = fileURLToPath(new URL('./side.ts', import.meta.url));
  const nodeOptions = process.env['BENCH_NODE_OPTIONS']?.split(' ') ?? []; // "--cpu-prof --cpu-prof-dir=..." when looking for costs
  const child = spawn(process.execPath, [...nodeOptions, main, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const exited = once(child, 'exit');
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-4_000)));
  }

  const nextReply = () =>
    new Promise<unknown>((resolve, reject) => {
      const settle = (done: () => void) => {
        child.off('message', onMessage);
        child.off('exit', onExit);
        done();
      };
      const onMessage = (message: SideReply) =>
        settle(() => (message.kind === 'value' ? resolve(message.value) : reject(new Error(message.text))));
      const onExit = () => settle(() => reject(new Error(`${args.join(' ')} ended: ${said}`)));
      child.on('message', onMessage);
      child.on('exit', onExit);
    });
  const ask = (request: SideRequest) => {
    const reply = nextReply();
    child.send(request);
    return reply;
  };

  const dispose = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ask({ kind: 'stop' }).catch(() => undefined); // it has ended already, or the timer ends it
    if (child.connected) child.disconnect();
    await exited;
    clearTimeout(force);
  };
  try {
    const address = String(await nextReply());
    return {
      address,
      load: async (concurrency, durationMs) => (await ask({ kind: 'load', concurrency, durationMs })) as Load, // side.ts answers so
      cpuUs: async () => Number(await ask({ kind: 'cpu' })),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

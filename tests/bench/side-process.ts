import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a side says: once when it is ready, then once for each request. */
export type SideReply =
  { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'failed'; readonly text: string };

/** Ends the side; the one request that every side knows. */
export const STOP = { kind: 'stop' } as const;

/** One side of what a bench measures, in a process of its own. Its program answers with answer-requests.ts. */
export interface SideProcess<Request> extends AsyncDisposable {
  /** What it said when it was ready. */
  readonly ready: unknown;
  /** One request at a time. Rejects when the side fails at it, or ends. */
  ask(request: Request): Promise<unknown>;
}

/** How a side is started. */
export interface SideProcessOptions {
  readonly args: readonly string[];
  /** Added to the bench's own: what is not for the process list. */
  readonly environment?: Readonly<Record<string, string>>;
}

const STOP_TIMEOUT_MS = 5_000;

/** Starts a side's program; resolves when it is ready. */
export async function startSideProcess<Request extends object>(
  main: URL,
  { args, environment }: SideProcessOptions,
): Promise<SideProcess<Request>> {
  const nodeOptions = process.env['BENCH_NODE_OPTIONS']?.split(' ') ?? []; // "--cpu-prof --cpu-prof-dir=..." when looking for costs
  const child = spawn(process.execPath, [...nodeOptions, fileURLToPath(main), ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...environment },
  });
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
  const ask = (request: object) => {
    const reply = nextReply();
    child.send(request);
    return reply;
  };

  const dispose = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ask(STOP).catch(() => undefined); // it has ended already, or the timer ends it
    if (child.connected) child.disconnect();
    await exited;
    clearTimeout(force);
  };
  try {
    return { ready: await nextReply(), ask, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';

import { assertNever, backoffMs, createEmitter, type Clock, type Events, type Random } from '../chassis/core/index.ts';

/** Where a process says it can be reached. */
export interface ReadyMessage {
  readonly type: 'ready';
  /** host:port of its gRPC server, or of its main protocol where it has none. */
  readonly grpc: string;
  /** host:port of its HTTP server: the admin port, or the gateway's own. */
  readonly http: string;
}

/** What happens to a supervised process. */
export interface SupervisedEvents {
  starting: { readonly attempt: number };
  ready: ReadyMessage & { readonly pid: number; readonly attempt: number };
  exited: {
    readonly code: number | null;
    readonly signal: string | null;
    readonly restartInMs: number;
    /** Where it ended by itself: the last line of its log, stacks left out, at most 200 characters of it; may be empty. */
    readonly said: string;
  };
  /** It could not be started within `readyTimeoutMs`; it is ended and tried again. */
  stuck: { readonly afterMs: number };
}

type State =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'starting'; readonly child: ChildProcess }
  | { readonly kind: 'ready'; readonly child: ChildProcess; readonly address: ReadyMessage };

/** How to start one process and how long to be patient with it. */
export interface SupervisedProcessOptions {
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  /** Asked before every start, so that a port that was taken in between can be chosen anew. */
  readonly environment: () => Promise<Readonly<Record<string, string>>>;
  readonly logFile: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Default 30,000. */
  readonly readyTimeoutMs?: number;
  /** After SIGTERM, before SIGKILL. Default 6,000: with what follows it, all of a suite ends within 10 s. */
  readonly stopTimeoutMs?: number;
}

/** One child process, kept alive: started again with growing waits whenever it ends by itself. */
export interface SupervisedProcess {
  readonly name: string;
  readonly events: Events<SupervisedEvents>;
  /** Resolves when it is ready for the first time; rejects with its last log line after `maxFailures` failed starts. */
  start(maxFailures: number): Promise<ReadyMessage>;
  readonly pid: number | undefined;
  readonly address: ReadyMessage | undefined;
  /** SIGTERM, then SIGKILL; resolves when it is gone. */
  stop(): Promise<void>;
}

/** After a start that failed: what it needs is not there yet, or it never will be. */
const START_BACKOFF = { baseMs: 200, maxMs: 5_000 };
/** After a crash of a process that was ready: others wait for it, and whatever it dies of, a start costs more than this wait. */
const CRASH_BACKOFF = { baseMs: 200, maxMs: 1_000 };
/** So much is told of what a process said last: a line or two of a terminal. */
const SAID_CHARACTERS = 200;
/** A process that ran this long is taken for healthy: its next crash starts the backoff anew. */
const HEALTHY_AFTER_MS = 10_000;

/** Makes the supervisor of one process; nothing runs before start(). */
export function createSupervisedProcess(options: SupervisedProcessOptions): SupervisedProcess {
  const { clock, random } = options;
  const events = createEmitter<SupervisedEvents>();
  const log: WriteStream = createWriteStream(options.logFile, { flags: 'a' });
  const stopping = new AbortController();
  let state: State = { kind: 'stopped' };
  let lastLine = '';
  let attempt = 0;
  let running: Promise<void> = Promise.resolve();

  const keepOutput = (chunk: Buffer): void => {
    log.write(chunk);
    // What it said last, without the stack below it.
    const lines = chunk
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
    lastLine = lines.at(-1) ?? lastLine;
  };

  /** One life; answers whether it was ready. */
  async function runOnce(onReady: (address: ReadyMessage) => void): Promise<boolean> {
    attempt += 1;
    lastLine = '';
    events.emit('starting', { attempt });
    const environment = await options.environment();
    if (stopping.signal.aborted) return false;
    const [program, ...args] = options.command;
    // A group of its own: Ctrl-C in a terminal reaches the supervisor alone, which stops its children in order.
    const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true });
    state = { kind: 'starting', child };
    child.stdout?.on('data', keepOutput);
    child.stderr?.on('data', keepOutput);
    const readyTimeoutMs = options.readyTimeoutMs ?? 30_000;
    const patience = clock.setTimer(readyTimeoutMs, () => {
      events.emit('stuck', { afterMs: readyTimeoutMs });
      child.kill('SIGKILL');
    });
    child.on('message', (message) => {
      if (!isReadyMessage(message)) return;
      patience.cancel();
      state = { kind: 'ready', child, address: message };
      events.emit('ready', { ...message, pid: child.pid ?? 0, attempt });
      onReady(message);
    });
    const exit = await new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      child.once('error', (error) => {
        lastLine = error.message;
        resolve({ code: null, signal: null });
      });
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    patience.cancel();
    const wasReady = (state as State).kind === 'ready'; // a listener above may have changed it
    state = { kind: 'waiting' };
    lastExit = exit;
    return wasReady;
  }

  let lastExit: { code: number | null; signal: string | null } = { code: null, signal: null };

  async function keepAlive(
    onReady: (address: ReadyMessage) => void,
    onFailure: (failures: number) => void,
  ): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const startedAt = clock.monotonicMs();
      const wasReady = await runOnce(onReady);
      if (stopping.signal.aborted) break;
      failures = clock.monotonicMs() - startedAt > HEALTHY_AFTER_MS ? 1 : failures + 1;
      const restartInMs = backoffMs(failures, wasReady ? CRASH_BACKOFF : START_BACKOFF, random);
      const said = lastExit.signal === null ? lastLine.slice(0, SAID_CHARACTERS) : '';
      events.emit('exited', { ...lastExit, restartInMs, said });
      onFailure(failures);
      await clock.sleep(restartInMs, stopping.signal).catch(() => undefined); // stop() ends the wait
    }
    state = { kind: 'stopped' };
  }

  const childOf = (current: State): ChildProcess | undefined => {
    switch (current.kind) {
      case 'starting':
      case 'ready':
        return current.child;
      case 'stopped':
      case 'waiting':
        return undefined;
      default:
        return assertNever(current);
    }
  };

  return {
    name: options.name,
    events,
    start: (maxFailures) =>
      new Promise((resolve, reject) => {
        running = keepAlive(resolve, (failures) => {
          if (failures < maxFailures) return;
          reject(new Error(`${options.name} could not be started: ${lastLine} (log: ${options.logFile})`));
        });
        running.catch(reject);
      }),
    get pid() {
      return childOf(state)?.pid;
    },
    get address() {
      return state.kind === 'ready' ? state.address : undefined;
    },
    async stop() {
      stopping.abort();
      const child = childOf(state);
      child?.kill('SIGTERM');
      const force = clock.setTimer(options.stopTimeoutMs ?? 6_000, () => child?.kill('SIGKILL'));
      await running;
      force.cancel();
      await new Promise<void>((resolve) => log.end(resolve));
    },
  };
}

function isReadyMessage(message: unknown): message is ReadyMessage {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready';
}

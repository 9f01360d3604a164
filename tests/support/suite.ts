import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { ChassisClient, ClientFactory } from '../../src/chassis/client/index.ts';
import { createClientFactory } from '../../src/chassis/client/index.ts';
import type { UpEvent } from '../../src/up/reporter.ts';
import { shareProgram } from './shared-program.ts';
import type { TsProtoServiceDefinition } from 'nice-grpc';

type Event<Kind extends UpEvent['event']> = Extract<UpEvent, { event: Kind }>;

/** A whole suite, started the way a user starts it, in a folder of its own. */
export interface TestSuite extends AsyncDisposable {
  readonly home: string;
  readonly ready: Event<'ready'>;
  /** Everything it has said so far. */
  readonly events: readonly UpEvent[];
  readonly supervisorPid: number;
  /** A client of one process at the addresses it had when the suite was ready; instances beyond the first included. */
  client<Definition extends TsProtoServiceDefinition>(
    definition: Definition,
    process: string,
  ): ChassisClient<Definition>;
  /** The process's address now: its port stays the same over restarts. */
  address(process: string): string;
  pid(process: string): number;
  /** host:port of its health and metrics now. */
  admin(process: string): string;
  /** Resolves with the next event of this kind that fits; fails after the time-out. */
  next<Kind extends UpEvent['event']>(
    kind: Kind,
    fits?: (event: Event<Kind>) => boolean,
    timeoutMs?: number,
  ): Promise<Event<Kind>>;
  /** SIGINT, as Ctrl-C; resolves with the exit code. Keeps the home. */
  stop(): Promise<number | null>;
}

/** How the suite is started. */
export interface TestSuiteOptions {
  /** Default: a new temporary folder, removed at the end. */
  readonly home?: string;
  readonly args?: readonly string[];
  /** Beside this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Default 90,000: a loaded machine is slow. */
  readonly readyTimeoutMs?: number;
}

/** For faults that take their time: only trouble is logged, and parcels do not leave while an order is held up. */
export const QUIET_SUITE = { LOG_LEVEL: 'warn', HOUR_MS: '3600000' } as const;

const PORTS = { first: 21_000, perWorker: 100 } as const;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Starts `tradewind up --json` and waits until it is ready. */
export async function startSuite(options: TestSuiteOptions = {}): Promise<TestSuite> {
  const home = options.home ?? (await newHome());
  const args = ['src/main.ts', 'up', '--json', '--home', home, ...portsApart(), ...(options.args ?? [])];
  const env = { ...process.env, ...options.environment };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = collect(child);
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const clients = createClientFactory({ from: 'test' });

  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
    return exited;
  };
  const dispose = async () => {
    await clients.close();
    await stop();
    if (options.home === undefined) await rm(home, { recursive: true, force: true });
  };
  try {
    const ready = await log.next('ready', () => true, options.readyTimeoutMs ?? 90_000);
    return {
      home,
      ready,
      events: log.events,
      supervisorPid: child.pid ?? 0,
      client: (definition, process) => clientOf(clients, ready, definition, process),
      address: (process) => rowOf(ready, process).address,
      pid: (process) => lastRestart(log.events, process)?.pid ?? rowOf(ready, process).pid,
      admin: (process) => lastRestart(log.events, process)?.admin ?? rowOf(ready, process).admin,
      next: log.next,
      stop,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw new Error(`the suite did not get ready: ${log.said()}`, { cause: error });
  }
}

/**
 * Two suites that start at once might both find the same port free, so each of jest's workers has its own; and none that
 * the system gives to outgoing connections, which might take one between a process's end and its next start.
 */
function portsApart(): readonly string[] {
  const worker = Number(process.env['JEST_WORKER_ID'] ?? '1');
  return ['--port-base', String(PORTS.first + PORTS.perWorker * worker)];
}

async function newHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'tradewind-suite-'));
  await shareProgram(home);
  return home;
}

function clientOf<Definition extends TsProtoServiceDefinition>(
  clients: ClientFactory,
  ready: Event<'ready'>,
  definition: Definition,
  process: string,
): ChassisClient<Definition> {
  const instances = ready.processes.filter((p) => p.name === process || p.name.startsWith(`${process}-`));
  return clients.client(definition, `static:///${instances.map((p) => p.address).join(',')}`);
}

function rowOf(ready: Event<'ready'>, process: string) {
  const row = ready.processes.find((p) => p.name === process);
  if (row === undefined) throw new Error(`the suite has no process ${process}`);
  return row;
}

function lastRestart(events: readonly UpEvent[], process: string): Event<'restarted'> | undefined {
  const isIts = (event: UpEvent): event is Event<'restarted'> => event.event === 'restarted' && event.name === process;
  return events.findLast(isIts);
}

function collect(child: ChildProcess) {
  const events: UpEvent[] = [];
  const other: string[] = [];
  const waiting = new Set<() => void>();
  const wake = () => waiting.forEach((check) => check());
  let ended = false;
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      try {
        events.push(JSON.parse(line) as UpEvent);
      } catch {
        other.push(line);
      }
      wake();
    });
  }
  child.stderr?.on('data', (chunk: Buffer) => other.push(chunk.toString()));
  child.once('exit', () => {
    ended = true;
    wake();
  });
  const said = () => [...events.map((event) => JSON.stringify(event)), ...other].slice(-30).join('\n');

  function next<Kind extends UpEvent['event']>(
    kind: Kind,
    fits: (event: Event<Kind>) => boolean = () => true,
    timeoutMs = 30_000,
  ): Promise<Event<Kind>> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        waiting.delete(check);
        clearTimeout(timer);
        settle();
      };
      const check = () => {
        const found = events.find((event): event is Event<Kind> => event.event === kind && fits(event as Event<Kind>));
        if (found !== undefined) finish(() => resolve(found));
        else if (ended) finish(() => reject(new Error(`the suite ended; it said:\n${said()}`)));
      };
      const timer = setTimeout(
        () => finish(() => reject(new Error(`no "${kind}" within ${timeoutMs} ms; it said:\n${said()}`))),
        timeoutMs,
      );
      waiting.add(check);
      check();
    });
  }
  return { events, next, said };
}

import { join } from 'node:path';

import type { Environment } from '../catalogue.ts';
import { createClientFactory } from '../chassis/client/index.ts';
import { systemClock, systemRandom } from '../chassis/core/index.ts';
import { createEtcdRegistry } from '../chassis/registry/index.ts';
import { VERSION } from '../version.ts';
import { startBacking, type Backing } from './backing.ts';
import { OPERATOR, keepCertificates, type KeptCertificates } from './certificates/keep-certificates.ts';
import { machineEnvironment, processEnvironment, sandboxEnvironment, type SuiteEnvironment } from './environment.ts';
import { placeFirstOrder } from './first-order.ts';
import { openHome, type Home } from './home.ts';
import { memoryOf } from './memory.ts';
import type { UpOptions } from './options.ts';
import { planProcesses, type PlannedProcess } from './plan.ts';
import { choosePort } from './ports.ts';
import { prepareProgram } from './program.ts';
import { jsonReporter, textReporter, type ProcessRow, type Reporter } from './reporter.ts';
import { seed } from './seed.ts';
import { createSupervisedProcess, type SupervisedProcess } from './supervised-process.ts';
import { writeSuiteFile } from './suite-file.ts';
import { tryLines } from './try-lines.ts';

/** What `up` takes from the process it runs in. */
export interface UpHost {
  readonly environment: Environment;
  /** The program that runs one process of the suite: src/main.ts, which is bundled first, or its compiled form. */
  readonly entry: string;
  readonly write: (text: string) => void;
}

const HOST = '127.0.0.1';
const PLAIN_TEXT = `calls between processes are plain text, on ${HOST} alone; --mtls secures them`;
/** Half of Node's own nursery: some 10 MB less in each process. With 2 MB a process under load collected for a quarter of its time. */
const CHILD_FLAGS = ['--max-semi-space-size=8'];
/** Signals closer together than this are one Ctrl-C: the terminal sends it to the whole group, and `node --watch` passes it on. */
const ONE_PRESS_MS = 100;
/** A process that fails this often before it was ever ready ends the start with its last words. */
const MAX_START_FAILURES = 4;

/**
 * Starts the whole suite, keeps it alive until SIGINT or SIGTERM, and stops it in order. Answers the exit code.
 * Throws a UsageError when the home is in use.
 */
export async function runUp(options: UpOptions, host: UpHost): Promise<number> {
  const startedAt = systemClock.monotonicMs();
  const elapsed = () => Math.round(systemClock.monotonicMs() - startedAt);
  const report = options.json ? jsonReporter(host.write) : textReporter(host.write);
  const stop = stopSignal();
  using home = openHome(options.home);
  report({ event: 'starting', version: VERSION, home: home.shown });

  const suite = createSuite({ options, host, home, report, elapsed, signal: stop.signal });
  let exitCode = 0;
  try {
    await Promise.race([suite.start(), stop.requested]);
    await stop.requested;
  } catch (error) {
    if (!stop.signal.aborted) {
      exitCode = 1;
      process.stderr.write(`tradewind: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  const stoppingAt = systemClock.monotonicMs();
  report({ event: 'stopping', reason: stop.reason() });
  await suite.stop();
  report({ event: 'stopped', ms: Math.round(systemClock.monotonicMs() - stoppingAt) });
  stop.release();
  return exitCode;
}

interface SuiteOptions {
  readonly options: UpOptions;
  readonly host: UpHost;
  readonly home: Home;
  readonly report: Reporter;
  readonly elapsed: () => number;
  /** Fires when the suite is told to stop: nothing is started any more. */
  readonly signal: AbortSignal;
}

function createSuite({ options, host, home, report, elapsed, signal }: SuiteOptions) {
  const planned = planProcesses(options);
  const running: SupervisedProcess[] = [];
  const machine = {
    ...machineEnvironment(host.environment, home),
    ...(options.checkout !== undefined && { CHECKOUT_STYLE: options.checkout }),
  };
  let program: ReturnType<typeof prepareProgram> | undefined;
  let backing: Promise<Backing> | undefined;
  let suiteFile: Disposable | undefined;
  let certificates: KeptCertificates | undefined;

  /** How Node runs a process of the suite; made ready once, for whoever is started first. */
  const prepared = () =>
    (program ??= prepareProgram({ entry: host.entry, flags: CHILD_FLAGS, home, environment: machine, signal }));

  /** Starts one process under supervision; resolves when it is ready. */
  async function launch(plan: PlannedProcess, own: (port: number) => Record<string, string>): Promise<string> {
    const command = await prepared();
    signal.throwIfAborted();
    const logFile = join(home.folder('logs'), `${plan.instance}.log`);
    // Chosen once, so that a restarted process comes back where clients and people know it; chosen anew when it was taken.
    let wanted = plan.wantedPort;
    const supervised = createSupervisedProcess({
      name: plan.instance,
      command: [...command, 'run', plan.entry.name],
      environment: async () => {
        const port = await choosePort(HOST, wanted);
        if (wanted !== 0 && port !== wanted) report({ event: 'port', name: plan.instance, wanted, port });
        wanted = port;
        return { ...machine, ...own(port) };
      },
      logFile,
      clock: systemClock,
      random: systemRandom,
    });
    running.push(supervised);
    supervised.events.on('ready', ({ grpc, http, pid, attempt }) => {
      if (attempt === 1) report({ event: 'process', name: plan.instance, grpc, pid, ms: elapsed() });
      else report({ event: 'restarted', name: plan.instance, pid, attempt, admin: http });
    });
    supervised.events.on('exited', ({ code, signal, restartInMs, said }) => {
      const exit = signal ?? `code ${code ?? 'unknown'}`;
      report({ event: 'crashed', name: plan.instance, exit, said, restartInMs, log: logFile });
    });
    return (await supervised.start(MAX_START_FAILURES)).grpc;
  }

  async function startSandboxes(): Promise<SuiteEnvironment['sandboxes']> {
    const start = (name: string) => {
      const plan = planned.find((p) => p.entry.name === name);
      if (plan === undefined) throw new Error(`the catalogue has no ${name}`);
      return launch(plan, (port) => sandboxEnvironment(plan, HOST, port, home));
    };
    const [provider, smtp, carrier, messenger] = await Promise.all([
      start('payment-provider'),
      start('smtp-sink'),
      start('carrier'),
      start('messenger'),
    ]);
    return {
      paymentProvider: `http://${provider}`,
      smtp: `smtp://${smtp}`,
      carrier: `http://${carrier}`,
      messenger: `http://${messenger}`,
    };
  }

  /** Says how calls are secured, and keeps what that takes. */
  async function secure(): Promise<KeptCertificates | undefined> {
    if (!options.mtls) {
      report({ event: 'security', mtls: false, text: PLAIN_TEXT });
      return undefined;
    }
    const folder = home.folder('certificates');
    const kept = await keepCertificates({ folder, clock: systemClock, report });
    const text = `calls between processes are mutual TLS; certificates in ${join(home.shown, 'certificates')}`;
    report({ event: 'security', mtls: true, text });
    return kept;
  }

  async function start(): Promise<void> {
    certificates = await secure();
    backing = startBacking({ home, host: HOST, environment: host.environment, report, elapsed });
    const [started, sandboxes] = await Promise.all([backing, startSandboxes()]);
    const suite: SuiteEnvironment = { host: HOST, ...started, sandboxes, certificates };
    suiteFile = writeSuiteFile(home.directory, {
      etcdEndpoints: suite.etcdEndpoints,
      certificates: certificates?.filesOf(OPERATOR),
    });
    const own = planned.filter((plan) => plan.entry.kind !== 'sandbox');
    await Promise.all(own.map((plan) => launch(plan, (port) => processEnvironment(plan, port, suite, home))));
    signal.throwIfAborted();
    const first = options.demo ? await demonstrate(suite) : undefined;
    report({ event: 'ready', ms: elapsed(), ...memoryOf([process.pid]), ...summary(first) });
  }

  async function demonstrate(suite: SuiteEnvironment): Promise<string> {
    await using registry = await createEtcdRegistry({
      endpoints: [suite.etcdEndpoints],
      clock: systemClock,
      random: systemRandom,
    });
    await using clients = createClientFactory({ registry, from: 'up', identity: certificates?.operator });
    const seeded = await seed(clients, home.secret('demo-password'), systemClock);
    const what =
      seeded.created > 0 ? `seeded ${seeded.created} products, a customer and a card` : 'data of an earlier start';
    report({ event: 'seed', text: what, ms: elapsed() });
    const first = await placeFirstOrder({
      clients,
      seed: seeded,
      clock: systemClock,
      onStep: (text, atMs) => report({ event: 'step', text, atMs }),
    });
    report({ event: 'order', orderId: first.orderId, state: first.state, ms: Math.round(first.ms) });
    return first.orderId;
  }

  function summary(orderId: string | undefined) {
    const processes = planned.flatMap((plan): ProcessRow[] => {
      const supervised = running.find((p) => p.name === plan.instance);
      if (supervised?.address === undefined) return [];
      const { grpc: address, http: admin } = supervised.address;
      const isService = plan.entry.kind === 'service';
      const http = plan.entry.kind === 'gateway' ? address : admin;
      return [{ name: plan.instance, address, grpc: isService ? address : '', http, admin, pid: supervised.pid ?? 0 }];
    });
    const httpOf = (name: string) => `http://${processes.find((p) => p.name === name)?.http ?? ''}`;
    const [gateway, mail] = [httpOf('gateway'), httpOf('smtp-sink')];
    return {
      processes,
      gateway,
      mail,
      try: tryLines({ processes, gateway, orderId, certificates: certificates?.filesOf(OPERATOR) }),
    };
  }

  /** The gateway first, so that nothing new comes in; then services; sandboxes and servers last. */
  async function stop(): Promise<void> {
    suiteFile?.[Symbol.dispose]();
    const ofKind = (kind: string) => {
      const names = new Set(planned.filter((p) => p.entry.kind === kind).map((p) => p.instance));
      return running.filter((p) => names.has(p.name)).map((p) => p.stop());
    };
    await Promise.all([...ofKind('gateway'), ...ofKind('service')]);
    await Promise.all(ofKind('sandbox'));
    const servers = await backing?.catch(() => undefined); // a start that failed has closed what it opened
    await servers?.close();
    certificates?.[Symbol.dispose]();
  }

  return { start, stop };
}

/** Fires at the first SIGINT, SIGTERM or SIGHUP; a second one ends this process at once. */
function stopSignal() {
  const controller = new AbortController();
  let reason = 'the start failed';
  const requested = Promise.withResolvers<void>();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let firstAtMs = 0;
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      if (systemClock.monotonicMs() - firstAtMs < ONE_PRESS_MS) return;
      process.exit(130);
    }
    firstAtMs = systemClock.monotonicMs();
    reason = name;
    controller.abort();
    requested.resolve();
  };
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    requested: requested.promise,
    reason: () => reason,
    release: () => names.forEach((name) => process.off(name, onSignal)),
  };
}

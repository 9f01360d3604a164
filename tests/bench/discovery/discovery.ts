import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { Etcd3 } from 'etcd3';

import { formatInstance } from '../../../src/chassis/registry/index.ts';
import { createEmbeddedEtcd } from '../../../src/embedded/etcd/index.ts';
import { realEtcd } from '../../support/real-etcd.ts';
import type { Bench, BenchContext } from '../bench.ts';
import { summarize, type Figures, type Summary } from '../figures.ts';
import { openBareWatch, type BareWatch } from './bare-watch.ts';
import { startCallers } from './caller.ts';
import { startInstance, type InstanceProcess } from './instance-process.ts';
import { PROCESS } from './place.ts';
import type { Resolved } from './resolve-main.ts';
import { discoveryText } from './text.ts';

/** A new instance: from its registration to its first call, beside grant, put and watch event of a bare client. */
export type JoinFigure = 'firstCallMs' | 'bareWatchMs' | 'ratio';
/** A killed instance: how long single attempts failed, and when the bare watch was told, both from kill -9 on. */
export type LeaveFigure = 'lastFailedMs' | 'failedAttempts' | 'failedCallsWithRetries' | 'bareDeleteMs';
/** One process that resolves many instances. */
export type ResolveFigure = 'resolveMs' | 'bareListMs' | 'ratio' | 'heapMb';

/** One row of the bench. */
export type DiscoveryRow =
  | ({ readonly name: 'join'; readonly etcd: string } & Summary<JoinFigure>)
  | ({ readonly name: 'leave'; readonly etcd: string } & Summary<LeaveFigure>)
  | ({ readonly name: 'resolve'; readonly etcd: string; readonly instances: number } & Summary<ResolveFigure>);

const FULL = { joins: 15, leaves: 5, resolves: 3, sizes: [1_000, 10_000], callers: 32 };
const QUICK = { joins: 1, leaves: 1, resolves: 1, sizes: [100], callers: 4 };

/**
 * Finding others: how soon a new instance is called, how long a dead one is, and what many instances cost, each beside
 * what bare etcd takes in the same run. On a real etcd where one is installed, else on the embedded one.
 */
export const discovery: Bench = async (context) => {
  const plan = context.quick ? QUICK : FULL;
  await using stack = new AsyncDisposableStack();
  const real = await realEtcd();
  const server = stack.use(real ?? (await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 })));
  const etcd = 'endpoints' in server ? (server.endpoints[0] ?? '') : server.address;
  const kind = real === undefined ? 'embedded' : 'real';
  const rows: DiscoveryRow[] = [];
  {
    await using bare = await openBareWatch(etcd);
    rows.push({ name: 'join', etcd: kind, ...summarize(await measureJoins(etcd, bare, plan.joins, context)) });
    const leaves: Figures<LeaveFigure>[] = [];
    for (let round = 0; round < plan.leaves; round++) {
      context.progress.step(`discovery: kill -9, round ${round + 1} of ${plan.leaves}`, round, plan.leaves);
      context.signal.throwIfAborted();
      leaves.push(await measureLeave(etcd, bare, round, plan.callers));
    }
    rows.push({ name: 'leave', etcd: kind, ...summarize(leaves) });
  }
  for (const instances of plan.sizes) {
    await writeInstances(etcd, instances);
    const rounds: Figures<ResolveFigure>[] = [];
    for (let round = 0; round < plan.resolves; round++) {
      context.progress.step(`discovery: ${instances} instances, round ${round + 1}`, round, plan.resolves);
      context.signal.throwIfAborted();
      const { resolveMs, bareListMs, heapMb } = await measureResolve(etcd, instances);
      rounds.push({ resolveMs, bareListMs, ratio: resolveMs / bareListMs, heapMb });
    }
    rows.push({ name: 'resolve', etcd: kind, instances, ...summarize(rounds) });
  }
  return { rows, text: discoveryText(rows) };
};

async function measureJoins(etcd: string, bare: BareWatch, rounds: number, { progress, signal }: BenchContext) {
  await using first = await startInstance(etcd, 'first');
  await first.register();
  await using _callers = await startCallers(etcd, { count: 2, retry: true });
  await first.firstCallMs;
  const figures: Figures<JoinFigure>[] = [];
  for (let round = 0; round < rounds; round++) {
    progress.step(`discovery: a new instance, round ${round + 1} of ${rounds}`, round, rounds);
    signal.throwIfAborted();
    const bareWatchMs = await bare.roundTripMs();
    await using next = await startInstance(etcd, `join-${round}`);
    const registeringMs = await next.register();
    const firstCallMs = (await next.firstCallMs) - registeringMs;
    figures.push({ firstCallMs, bareWatchMs, ratio: firstCallMs / bareWatchMs });
    const gone = bare.deletedMs(`/tradewind/services/${PROCESS}/join-${round}`);
    await next.kill();
    await gone;
  }
  return figures;
}

async function measureLeave(etcd: string, bare: BareWatch, round: number, count: number) {
  const ids = ['a', 'b', 'c'].map((name) => `leave-${round}-${name}`);
  const instances: InstanceProcess[] = await Promise.all(ids.map((id) => startInstance(etcd, id)));
  await using stack = new AsyncDisposableStack();
  for (const instance of instances) stack.use(instance);
  await Promise.all(instances.map((instance) => instance.register()));
  await using attempts = await startCallers(etcd, { count, retry: false });
  await using calls = await startCallers(etcd, { count, retry: true });
  await Promise.all(instances.map((instance) => instance.firstCallMs));
  // Earlier failures are of rounds gone by: their dead instances stay listed until their leases end.
  const before = { attempts: attempts.failed, calls: calls.failed };

  const gone = bare.deletedMs(`/tradewind/services/${PROCESS}/${ids[0]}`);
  const killedMs = await instances[0]!.kill(); // there are three
  const deletedMs = await gone;
  const [failedAttempts, lastFailedMs] = [attempts.failed - before.attempts, attempts.lastFailedMs ?? killedMs];
  return {
    lastFailedMs: Math.max(0, lastFailedMs - killedMs),
    failedAttempts,
    failedCallsWithRetries: calls.failed - before.calls,
    bareDeleteMs: deletedMs - killedMs,
  };
}

/** Keys as registrations write them, in transactions of a hundred; those of an earlier size are replaced. */
async function writeInstances(etcd: string, count: number): Promise<void> {
  const client = new Etcd3({ hosts: etcd });
  const write = (process: string, numbers: readonly number[]) =>
    Promise.all(
      numbers.map((n) =>
        client.put(`/tradewind/services/${process}/i-${n}`).value(
          formatInstance({
            ...{ process, id: `i-${n}`, address: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}:50051` },
            ...{ weight: 100, zone: `zone-${n % 3}`, version: '1.0.0', metadata: {} },
            startedAt: new Date().toISOString(),
          }),
        ),
      ),
    );
  await write('bench-one', [1]);
  for (let from = 0; from < count; from += 100) {
    await write(
      `bench-${count}`,
      Array.from({ length: Math.min(100, count - from) }, (_, n) => from + n),
    );
  }
  client.close();
}

async function measureResolve(etcd: string, instances: number): Promise<Resolved> {
  const main = fileURLToPath(new URL('./resolve-main.ts', import.meta.url));
  const child = fork(main, [etcd, `bench-${instances}`, String(instances)], {
    execArgv: ['--expose-gc', '--no-warnings'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const [resolved] = (await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => Promise.reject(new Error(`resolve-main ended with ${String(code)}`))),
  ])) as [Resolved];
  await exited;
  return resolved;
}

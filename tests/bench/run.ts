// `npm run bench [-- name ...] [--json FILE] [--quick] [--rows a,b]`: runs the benches one after the other and prints their
// tables. FILE gets {"bench", "machine", "rows"} of the bench, or a list of these when several were run.
import { writeFile } from 'node:fs/promises';

import { BENCH_NAMES, type Bench, type BenchName, type BenchReport } from './bench.ts';
import { observeMachine } from './machine.ts';
import { UsageError, parseBenchOptions } from './options.ts';
import { createProgress } from './progress.ts';

const BENCHES: Readonly<Record<BenchName, () => Promise<Bench>>> = {
  hop: async () => (await import('./hop/hop.ts')).hop,
  saga: async () => (await import('./saga/saga.ts')).saga,
  checkout: async () => (await import('./checkout/checkout.ts')).checkout,
  styles: async () => (await import('./checkout/styles.ts')).styles,
  pick: async () => (await import('./pick/pick.ts')).pick,
  resilience: async () => (await import('./resilience/resilience.ts')).resilience,
  discovery: async () => (await import('./discovery/discovery.ts')).discovery,
  events: async () => (await import('./events/events.ts')).events,
  overload: async () => (await import('./overload/overload.ts')).overload,
};

async function main(argv: readonly string[]): Promise<void> {
  const { names, json, quick, rows } = parseBenchOptions(argv, BENCH_NAMES);
  const progress = createProgress(process.stderr);
  const signal = stopSignal();
  const reports: BenchReport[] = [];
  for (const bench of names) {
    const machine = observeMachine();
    const run = await BENCHES[bench]();
    const result = await run({ quick, rows, progress, signal }).finally(() => progress.end());
    const report: BenchReport = { bench, machine: machine(), rows: result.rows };
    reports.push(report);
    const { cpu, cores, node, loadBefore, loadAfter } = report.machine;
    const under = `${cores} cores (${cpu}), Node ${node}, load ${loadBefore} before and ${loadAfter} after`;
    process.stdout.write(`\n${bench}: ${under}\n${result.text}\n`);
  }
  if (json !== undefined) {
    await writeFile(json, `${JSON.stringify(reports.length === 1 ? reports[0] : reports, undefined, 2)}\n`);
  }
}

/** Fires at the first SIGINT or SIGTERM; a second one ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Error(`ended by ${name}`));
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
  return controller.signal;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`bench: ${error instanceof UsageError ? error.message : stack}\n`);
  process.exitCode = 1;
});

// `npm run reliability [-- row ...] [--json FILE]`: runs rows of the scoreboard at full length, one line each. Without a
// row it runs all but the soak. A row that failed is not run again; its seed is printed.
import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

import { COURIER_NAMES, type CourierName } from '../../src/chassis/events/index.ts';
import type { CheckoutStyle } from '../../src/services/order/place-order.ts';
import { hasBroker } from '../support/events/brokers.ts';
import { hasRealEtcd } from '../support/real-etcd.ts';
import { UsageError, parseScoreboardOptions, type ScoreboardOptions } from './scoreboard-options.ts';
import { SCOREBOARD, type ScoreboardRow } from './scoreboard.ts';
import type { RowResult, RowSetting } from './rows/row.ts';

interface ReportedRow extends RowResult {
  readonly row: number | string;
  readonly name: string;
  readonly seed: number;
}

async function main(argv: readonly string[]): Promise<void> {
  const known = SCOREBOARD.map(({ row }) => String(row));
  const options = parseScoreboardOptions(argv, known, randomInt(1_000_000));
  const rows = SCOREBOARD.filter(({ row, isLong }) =>
    options.rows.length === 0 ? isLong !== true : options.rows.includes(String(row)),
  );
  const reported: ReportedRow[] = [];
  for (const row of rows) {
    for (const setting of settings(row, options)) {
      const report = await runRow(row, setting, options);
      reported.push(report);
      const verdict = report.pass ? 'pass' : 'FAIL';
      process.stdout.write(`${verdict}  row ${report.row} (${report.name}): ${report.figure} [seed ${report.seed}]\n`);
      for (const breach of report.breaches) process.stdout.write(`      ${breach}\n`);
    }
  }
  if (options.json !== undefined)
    await writeFile(options.json, `${JSON.stringify({ rows: reported }, undefined, 2)}\n`);
  if (reported.some(({ pass }) => !pass)) process.exitCode = 1;
}

type Setting = RowSetting & { readonly courier: CourierName; readonly checkout: CheckoutStyle };

function settings(row: ScoreboardRow, { etcds, transports, checkouts, seed }: ScoreboardOptions): readonly Setting[] {
  const plainest = {
    etcd: 'embedded',
    transport: 'multiplexed',
    courier: 'feed',
    checkout: 'orchestration',
    seed,
  } as const;
  if (row.on === 'nothing') return [plainest];
  if (row.on === 'suite') return checkouts.map((checkout) => ({ ...plainest, checkout }));
  if (row.on === 'couriers') {
    return COURIER_NAMES.filter((courier) => {
      if (hasBroker(courier)) return true;
      process.stderr.write(`row ${row.row}: there is no server for ${courier}, so it is not tried\n`);
      return false;
    }).map((courier) => ({ ...plainest, courier }));
  }
  const available = etcds.filter((etcd) => {
    if (etcd === 'embedded' || hasRealEtcd()) return true;
    process.stderr.write(`row ${row.row}: etcd is not installed, so only the embedded one is tried\n`);
    return false;
  });
  const over = row.on === 'registries' ? transports.slice(0, 1) : transports;
  const registries = row.on === 'calls' ? available.slice(0, 1) : available;
  return registries.flatMap((etcd) => over.map((transport) => ({ ...plainest, etcd, transport })));
}

/** A row that could not be run to its end failed. */
async function runRow(row: ScoreboardRow, setting: Setting, { minutes }: ScoreboardOptions): Promise<ReportedRow> {
  const head = { row: row.row, name: nameOf(row, setting), seed: setting.seed };
  try {
    return { ...head, ...(await row.run({ ...setting, minutes })) };
  } catch (error) {
    const breaches = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    return { ...head, pass: false, figure: 'could not be measured', breaches };
  }
}

function nameOf({ name, on }: ScoreboardRow, { etcd, transport, courier, checkout }: Setting): string {
  switch (on) {
    case 'transports':
      return `${name}, ${etcd} etcd, ${transport}`;
    case 'calls':
      return `${name}, ${transport}`;
    case 'registries':
      return `${name}, ${etcd} etcd`;
    case 'couriers':
      return `${name}, ${courier}`;
    case 'suite':
      return `${name}, ${checkout}`;
    case 'nothing':
      return name;
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`reliability: ${error instanceof UsageError ? error.message : stack}\n`);
  process.exitCode = 1;
});

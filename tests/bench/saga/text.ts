import { figure, table } from '../table.ts';
import { BASELINE } from './peers.ts';
import type { SagaRow } from './saga.ts';

/** The tables for the terminal, and how ours compares with DBOS. */
export function sagaText(
  rows: readonly SagaRow[],
  plan: { readonly rounds: number; readonly roundMs: number },
): string {
  const concurrencies = [...new Set(rows.map(({ concurrency }) => concurrency))];
  const intro = `Six durable steps that do nothing, PostgreSQL with fsync on; medians (least to greatest) of ${plan.rounds} interleaved rounds of ${plan.roundMs / 1_000} s. Statements are round trips.`;
  const tables = concurrencies.map((concurrency) => tableOf(rows, concurrency));
  return [intro, ...tables, ...comparison(rows)].join('\n');
}

function tableOf(rows: readonly SagaRow[], concurrency: number): string {
  const header = [
    `${concurrency} at a time`,
    'sagas/s',
    '',
    'p50 ms',
    'p99 ms',
    'durable commits',
    'commits',
    'statements',
    'client CPU us',
    'PostgreSQL CPU us',
  ];
  const lines = rows
    .filter((row) => row.concurrency === concurrency)
    .map((row) => [
      row.name,
      figure(row.sagasPerSecond),
      `(${figure(row.min.sagasPerSecond)} to ${figure(row.max.sagasPerSecond)})`,
      figure(row.p50Ms),
      figure(row.p99Ms),
      figure(row.durableCommitsPerSaga),
      figure(row.commitsPerSaga),
      figure(row.statementsPerSaga),
      figure(row.clientCpuUs),
      figure(row.postgresCpuUs),
    ]);
  return table(header, lines);
}

/** Empty unless both ran. */
function comparison(rows: readonly SagaRow[]): readonly string[] {
  const ours = rows.filter(({ name }) => name === 'tradewind');
  const theirs = rows.filter(({ name }) => name === BASELINE);
  const [best, bestOfTheirs] = [fastest(ours), fastest(theirs)];
  if (best === undefined || bestOfTheirs === undefined) return [];
  const alone = theirs.find(({ concurrency }) => concurrency === 1)?.sagasPerSecond ?? NaN;
  const oursAlone = ours.find(({ concurrency }) => concurrency === 1)?.sagasPerSecond ?? NaN;
  return [
    `tradewind at ${best.concurrency} is ${figure(best.sagasPerSecond / bestOfTheirs.sagasPerSecond)} x ${BASELINE} at its best (${bestOfTheirs.concurrency}); one at a time ${figure(oursAlone / alone)} x.\n`,
  ];
}

function fastest(rows: readonly SagaRow[]): SagaRow | undefined {
  return rows.toSorted((a, b) => b.sagasPerSecond - a.sagasPerSecond)[0];
}

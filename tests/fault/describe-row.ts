import { describe, expect, it } from '@jest/globals';

import { describeIf } from '../support/optional.ts';
import { hasRealEtcd } from '../support/real-etcd.ts';
import type { RowResult, RowSetting } from './rows/row.ts';

/** Long enough for any row at the length that tests run it with, on a machine that is busy with others. */
const ROW_TIMEOUT_MS = 120_000;

/** Each row on both kinds of etcd and over both transports, in two runs; the scoreboard's runner does all four. */
const PLACES = [
  { etcd: 'embedded', transport: 'plain' },
  { etcd: 'real', transport: 'multiplexed' },
] as const;

/** One row of the scoreboard as tests: shorter than the scoreboard itself, with the same limits. */
export function describeRow(name: string, run: (setting: RowSetting) => Promise<RowResult>): void {
  for (const { etcd, transport } of PLACES) {
    const tests = () => {
      const title = `passes with ${etcd} etcd over the ${transport} transport`;
      it(
        title,
        async () => expect(await run({ etcd, transport, seed: 1 })).toMatchObject({ breaches: [] }),
        ROW_TIMEOUT_MS,
      );
    };
    if (etcd === 'real') describeIf(hasRealEtcd(), name, 'etcd', tests);
    else describe(name, tests);
  }
}

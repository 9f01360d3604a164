import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { systemClock } from '../../../src/chassis/core/index.ts';
import { startPostmaster } from '../../../src/embedded/postgres/postmaster.ts';
import { findProgram } from '../../support/find-program.ts';

describe('startPostmaster', () => {
  it('hears of a server that ends at once, as one does that meets the leftovers of another', async () => {
    const postgres = findProgram('false') ?? '/bin/false';
    const directory = await mkdtemp(join(tmpdir(), 'tradewind-postmaster-'));
    const start = () =>
      startPostmaster({
        ...{ postgres, account: undefined, directory, dataDirectory: directory, host: '127.0.0.1', port: 1 },
        ...{ clock: systemClock, signal: undefined },
      });
    const starts = await Promise.allSettled(Array.from({ length: 20 }, start));
    const reasons = starts.map((one) => (one.status === 'rejected' ? one.reason.reason : 'started'));
    expect(new Set(reasons)).toEqual(new Set(['EMBEDDED_POSTGRES_START']));
    await rm(directory, { recursive: true });
  }, 20_000);
});

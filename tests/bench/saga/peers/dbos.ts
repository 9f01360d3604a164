import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';

import { FLUSH_COUNTERS } from '../../database-counters.ts';
import type { SagaPeer } from '../peer.ts';

/** Its default, and its best on two cores: with 20, 32 and 64 connections a workflow costs more CPU time, and fewer are done. */
const POOL_SIZE = Number(process.env['BENCH_DBOS_POOL'] ?? 10);

const nothing = async () => undefined;
const silent = () => undefined;

/**
 * DBOS: a registered workflow of six steps that do nothing. A pool of its own so that its sessions can be told to report; the
 * logger is silent, tracing is off, and there is no admin server any more.
 */
export const dbos: SagaPeer = {
  async open(databaseUrl) {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE, idleTimeoutMillis: 0 });
    DBOS.setConfig({
      name: 'six-no-op-steps',
      systemDatabaseUrl: databaseUrl,
      systemDatabasePool: pool,
      enableOTLP: false,
      tracingEnabled: false,
      logger: { debug: silent, info: silent, warn: silent, error: silent },
    });
    const workflow = DBOS.registerWorkflow(
      async () => {
        await DBOS.runStep(nothing, { name: 'one' });
        await DBOS.runStep(nothing, { name: 'two' });
        await DBOS.runStep(nothing, { name: 'three' });
        await DBOS.runStep(nothing, { name: 'four' });
        await DBOS.runStep(nothing, { name: 'five' });
        await DBOS.runStep(nothing, { name: 'six' });
      },
      { name: 'six-no-op-steps' },
    );
    await DBOS.launch();

    return {
      run: () => workflow(),
      async flushCounters() {
        const clients = await Promise.all(Array.from({ length: pool.idleCount }, () => pool.connect()));
        for (const client of clients) {
          await client.query(FLUSH_COUNTERS);
          client.release();
        }
        return clients.length;
      },
      async [Symbol.asyncDispose]() {
        await DBOS.shutdown();
        await pool.end();
      },
    };
  },
};

import { Gauge } from 'prom-client';

import type { Database } from '../store/index.ts';
import type { Metrics } from './metrics.ts';

/** Shows the sessions of a database's pool and who waits for one, read when somebody scrapes. */
export function measurePool({ pool }: Pick<Database, 'pool'>, { registry }: Pick<Metrics, 'registry'>): void {
  const registers = [registry];
  new Gauge({
    name: 'tradewind_database_sessions',
    help: 'Sessions of the pool: open, idle among them, and how many it may open.',
    labelNames: ['state'],
    registers,
    collect() {
      const { open, idle, max } = pool();
      this.set({ state: 'open' }, open);
      this.set({ state: 'idle' }, idle);
      this.set({ state: 'max' }, max);
    },
  });
  new Gauge({
    name: 'tradewind_database_waiting',
    help: 'Callers that wait for a session because all are in use.',
    registers,
    collect() {
      this.set(pool().waiting);
    },
  });
}

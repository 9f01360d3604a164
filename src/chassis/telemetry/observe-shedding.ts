import { performance } from 'node:perf_hooks';

import { Counter, Gauge } from 'prom-client';

import { PRIORITIES, type Events } from '../core/index.ts';
import type { ServerCallEvents } from '../middleware/server/index.ts';
import type { LoadShedder } from '../shedding/index.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** What refuses calls for load, and what tells of each one refused. */
export interface ObservedShedding {
  readonly shedder: LoadShedder;
  readonly events: Events<ServerCallEvents>;
}

/** Logs when load is shed and when that ends, not each call; counts calls refused for load and for limits, and shows how much is let in. */
export function observeShedding({ shedder, events }: ObservedShedding, logger: Logger, { registry }: Metrics): void {
  shedder.events.on('started', ({ utilisation, delayMs }) => {
    const load = { utilisation: rounded(utilisation), delayMs: Math.round(delayMs) };
    logger.warn(load, 'overloaded: calls are refused, the least important first');
  });
  shedder.events.on('ended', ({ shed, durationMs }) => {
    logger.info({ shed, ms: Math.round(durationMs) }, 'no longer overloaded');
  });

  const registers = [registry];
  const refused = new Counter({
    name: 'tradewind_server_shed_calls_total',
    help: 'Calls refused for load.',
    labelNames: ['method', 'priority'],
    registers,
  });
  events.on('shed', ({ method, priority }) => refused.inc({ method, priority }));
  const limited = new Counter({
    name: 'tradewind_server_limited_calls_total',
    help: 'Calls refused because of a limit on their method or their caller.',
    labelNames: ['method', 'priority', 'reason'],
    registers,
  });
  events.on('limited', ({ method, priority = 'normal', reason }) => limited.inc({ method, priority, reason }));
  new Gauge({
    name: 'tradewind_server_admission',
    help: 'The part of the calls of a priority that is let in.',
    labelNames: ['priority'],
    registers,
    collect() {
      const { admission } = shedder.status;
      for (const priority of PRIORITIES) this.set({ priority }, admission[priority]);
    },
  });
  let before = performance.eventLoopUtilization();
  new Gauge({
    name: 'tradewind_event_loop_utilization',
    help: 'The part of the time since the last scrape in which the event loop was busy.',
    registers,
    collect() {
      const now = performance.eventLoopUtilization();
      this.set(performance.eventLoopUtilization(now, before).utilization);
      before = now;
    },
  });
}

function rounded(part: number): number {
  return Math.round(part * 100) / 100;
}

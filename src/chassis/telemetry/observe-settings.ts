import { Counter } from 'prom-client';

import type { Events } from '../core/index.ts';
import type { LiveConfigEvents } from '../live-config/index.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** Logs and counts what becomes of a process's settings: in force, or refused with every field that is wrong. */
export function observeSettings(events: Events<LiveConfigEvents>, logger: Logger, { registry }: Metrics): void {
  const changes = new Counter({
    name: 'tradewind_settings_changes_total',
    help: 'Settings that were written for this process, by what became of them.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  events.on('configured', (event) => {
    changes.inc({ outcome: 'configured' });
    logger.info(event, 'settings in force');
  });
  events.on('configRejected', ({ error }) => {
    changes.inc({ outcome: 'rejected' });
    logger.error({ reason: error.reason, message: error.message }, 'settings refused; those before stay in force');
  });
}

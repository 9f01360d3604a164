import type { Events } from '../core/index.ts';
import type { RegistrationEvents } from '../registry/index.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** Logs and shows whether this process stands in the registry. */
export function observeRegistration(events: Events<RegistrationEvents>, logger: Logger, metrics: Metrics): void {
  events.on('registered', ({ leaseId }) => {
    metrics.registered.set(1);
    logger.info({ leaseId }, 'registered');
  });
  events.on('lost', ({ leaseId, error }) => {
    metrics.registered.set(0);
    logger.warn({ leaseId, err: error }, 'registration lost; registering again');
  });
  events.on('failed', ({ error, failures, delayMs }) =>
    logger.warn({ err: error, failures, delayMs }, 'cannot register; trying again'),
  );
  events.on('revoked', ({ error }) => {
    metrics.registered.set(0);
    if (error === undefined) logger.info('left the registry');
    else logger.warn({ err: error }, 'the registry could not be told; the lease will run out');
  });
}

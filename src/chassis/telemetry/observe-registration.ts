import { Counter, Gauge } from 'prom-client';

import type { Clock } from '../core/index.ts';
import type { Registration } from '../registry/index.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** What observing a registration needs. */
export interface RegistrationObserver {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** Logs and shows whether this process stands in the registry. The gauges are read when they are scraped. */
export function observeRegistration(registration: Registration, observer: RegistrationObserver): void {
  logRegistration(registration, observer.logger);
  measureRegistration(registration, observer);
}

function logRegistration({ events }: Registration, logger: Logger): void {
  events.on('registered', ({ leaseId }) => logger.info({ leaseId }, 'registered'));
  events.on('lost', ({ leaseId, error }) => {
    logger.warn({ leaseId, err: error }, 'registration lost; registering again');
  });
  events.on('failed', ({ error, failures, delayMs }) =>
    logger.warn({ err: error, failures, delayMs }, 'cannot register; trying again'),
  );
  events.on('revoked', ({ error }) => {
    if (error === undefined) logger.info('left the registry');
    else logger.warn({ err: error }, 'the registry could not be told; the lease will run out');
  });
}

function measureRegistration(registration: Registration, { metrics, clock }: RegistrationObserver): void {
  const registers = [metrics.registry];
  const losses = new Counter({
    name: 'tradewind_registry_losses_total',
    help: 'Times the registration was lost: its lease ran out, its key vanished, or it could not be renewed in time.',
    registers,
  });
  const registrations = new Counter({
    name: 'tradewind_registry_registrations_total',
    help: 'Times this process registered; all but the first were after a loss.',
    registers,
  });
  const failures = new Counter({
    name: 'tradewind_registry_failures_total',
    help: 'Attempts to register that failed.',
    registers,
  });
  let keptAliveMs: number | undefined;
  const isRegistered = () => registration.state.kind === 'registered';
  const age = new Gauge({
    name: 'tradewind_registry_keepalive_age_seconds',
    help: 'Time since the renewal was asked for that the registry answered last; NaN before the first.',
    registers,
    collect() {
      if (registration.state.kind === 'registered') keptAliveMs = registration.state.lastKeepaliveMs;
      this.set(keptAliveMs === undefined ? NaN : (clock.monotonicMs() - keptAliveMs) / 1_000);
    },
  });
  age.set(NaN);
  const { events } = registration;
  const showRegistered = () => metrics.registered.set(isRegistered() ? 1 : 0);
  showRegistered();
  events.on('registered', () => {
    registrations.inc();
    showRegistered();
  });
  events.on('renewed', ({ atMs }) => (keptAliveMs = atMs));
  events.on('lost', () => {
    losses.inc();
    showRegistered();
  });
  events.on('failed', () => failures.inc());
  events.on('revoked', showRegistered);
}

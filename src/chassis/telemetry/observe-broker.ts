import { Counter, Gauge, Histogram } from 'prom-client';

import type { BrokerEvents } from '../events/index.ts';
import type { Events } from '../core/index.ts';
import type { Telemetry } from './telemetry.ts';

/** From handing events to the broker to its confirmation, in seconds. */
const CONFIRM_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Logs what goes wrong between a process and its broker, and measures what is handed over, comes twice and has to be read again. */
export function observeBroker(
  events: Events<BrokerEvents>,
  { logger, metrics }: Pick<Telemetry, 'logger' | 'metrics'>,
): void {
  observeConnection(events, { logger, metrics });
  observeRelay(events, { logger, metrics });
  observeSequences(events, { logger, metrics });
}

function observeConnection(
  events: Events<BrokerEvents>,
  { logger, metrics }: Pick<Telemetry, 'logger' | 'metrics'>,
): void {
  const connected = new Gauge({
    name: 'tradewind_broker_connected',
    help: '1 while there is a connection to the broker that carries events.',
    labelNames: ['courier'],
    registers: [metrics.registry],
  });
  events.on('connected', ({ courier }) => {
    connected.set({ courier }, 1);
    logger.info({ courier }, 'connected to the broker');
  });
  events.on('disconnected', ({ courier, error }) => {
    connected.set({ courier }, 0);
    if (error !== undefined) logger.warn({ courier, err: error }, 'the connection to the broker is lost');
  });
  events.on('blocked', ({ courier, reason }) =>
    logger.warn({ courier, reason }, 'the broker takes no messages for the time being'),
  );
  events.on('unblocked', ({ courier }) => logger.info({ courier }, 'the broker takes messages again'));
}

function observeRelay(events: Events<BrokerEvents>, { logger, metrics }: Pick<Telemetry, 'logger' | 'metrics'>): void {
  const registers = [metrics.registry];
  const published = new Counter({
    name: 'tradewind_relay_events_total',
    help: 'Events of the outbox that the broker has confirmed.',
    labelNames: ['courier'],
    registers,
  });
  const confirmations = new Histogram({
    name: 'tradewind_relay_confirm_seconds',
    help: 'From handing events to the broker to its confirmation of all of them.',
    labelNames: ['courier'],
    buckets: CONFIRM_BUCKETS,
    registers,
  });
  const failures = new Counter({
    name: 'tradewind_relay_interruptions_total',
    help: 'How often handing over the outbox was interrupted.',
    labelNames: ['courier'],
    registers,
  });
  const position = new Gauge({
    name: 'tradewind_relay_position',
    help: 'The position of the outbox up to which the broker has everything, as this process has noted it last.',
    labelNames: ['courier'],
    registers,
  });
  events.on('relaying', ({ courier, position: from }) => {
    position.set({ courier }, Number(from));
    logger.info({ courier, position: String(from) }, 'this process hands the outbox to the broker');
  });
  events.on('published', ({ courier, events: count, durationMs }) => {
    published.inc({ courier }, count);
    confirmations.observe({ courier }, durationMs / 1_000);
  });
  events.on('leftOut', (event) =>
    logger.warn(event, 'an event is too large for the broker; consumers read it from the outbox'),
  );
  events.on('moved', ({ courier, through }) => position.set({ courier }, Number(through)));
  events.on('confirmFailed', ({ courier, error, waitMs }) => {
    failures.inc({ courier });
    logger.warn({ courier, err: error, waitMs }, 'handing the outbox to the broker was interrupted; it goes on');
  });
}

function observeSequences(
  events: Events<BrokerEvents>,
  { logger, metrics }: Pick<Telemetry, 'logger' | 'metrics'>,
): void {
  const labelNames = ['courier', 'consumer', 'source'] as const;
  const registers = [metrics.registry];
  const filled = new Counter({
    name: 'tradewind_courier_filled_events_total',
    help: "Events that the broker did not bring and that were read from the publisher's outbox.",
    labelNames,
    registers,
  });
  const duplicates = new Counter({
    name: 'tradewind_courier_duplicates_total',
    help: 'Messages of the broker that were known already.',
    labelNames,
    registers,
  });
  events.on('gapFilled', ({ courier, consumer, source, partition, after, through, events: count }) => {
    filled.inc({ courier, consumer, source }, count);
    const range = { partition, after: String(after), through: String(through), events: count };
    logger.info({ courier, consumer, source, ...range }, 'read from the publisher what the broker did not bring');
  });
  events.on('duplicate', ({ courier, consumer, source, messages }) =>
    duplicates.inc({ courier, consumer, source }, messages),
  );
  events.on('unreadable', (message) => logger.error(message, 'a message that no relay has sent was dropped'));
}

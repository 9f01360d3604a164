import { Counter, Gauge, Histogram } from 'prom-client';

import { AppError, systemClock, type Clock } from '../core/index.ts';
import type { ConsumerMember } from '../events/index.ts';
import type { Telemetry } from './telemetry.ts';

/** From an event's time to the commit of its effect, in seconds. */
const DELAY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600];

/** A consumer tries several times a second while its publisher is away: that this goes on is a warning again after so long, in milliseconds. */
const WARNED_AGAIN_MS = 60_000;

/** Logs what goes wrong at consumers, and measures all of them. */
export function observeConsumers(
  members: readonly Pick<ConsumerMember, 'events'>[],
  { logger, metrics }: Pick<Telemetry, 'logger' | 'metrics'>,
  clock: Pick<Clock, 'monotonicMs'> = systemClock,
): void {
  if (members.length === 0) return;
  const registers = [metrics.registry];
  const labelNames = ['consumer', 'source'] as const;
  const handled = new Counter({
    name: 'tradewind_consumer_events_total',
    help: 'Events of a consumer by what became of them: handled, duplicate, parked, buried, recovered.',
    labelNames: [...labelNames, 'outcome'],
    registers,
  });
  const delay = new Histogram({
    name: 'tradewind_consumer_delay_seconds',
    help: 'From the time of the oldest event of a batch to the commit of its effect.',
    labelNames,
    buckets: DELAY_BUCKETS,
    registers,
  });
  const partitions = new Gauge({
    name: 'tradewind_consumer_partitions',
    help: 'How many of the eight partitions this member reads.',
    labelNames,
    registers,
  });
  const interruptions = new Counter({
    name: 'tradewind_consumer_interruptions_total',
    help: 'How often a consumer was kept from its events and tried again, by reason.',
    labelNames: [...labelNames, 'reason'],
    registers,
  });
  for (const { events } of members) {
    let warned: { readonly reason: string; readonly atMs: number } | undefined;
    const count = (names: { readonly consumer: string; readonly source: string }, outcome: string, by = 1) => {
      if (by > 0) handled.inc({ consumer: names.consumer, source: names.source, outcome }, by);
    };
    events.on('handled', ({ consumer, source, events: fresh, duplicates, delayMs }) => {
      count({ consumer, source }, 'handled', fresh);
      count({ consumer, source }, 'duplicate', duplicates);
      delay.observe({ consumer, source }, Math.max(0, delayMs) / 1_000);
    });
    events.on('parked', (event) => {
      count(event, 'parked');
      logger.warn(event, 'an event could not be handled; it is tried again');
    });
    events.on('buried', (event) => {
      count(event, 'buried');
      logger.error(event, 'an event was given up and is a dead letter');
    });
    events.on('recovered', (event) => {
      count(event, 'recovered');
      logger.info(event, 'an event that had failed was handled');
    });
    events.on('assigned', ({ consumer, source, partitions: held, members: among }) => {
      partitions.set({ consumer, source }, held.length);
      logger.debug({ consumer, source, partitions: held, members: among }, 'a consumer has other partitions');
    });
    events.on('interrupted', ({ error, consumer, source, waitMs }) => {
      const { reason } = AppError.from(error);
      interruptions.inc({ consumer, source, reason });
      const nowMs = clock.monotonicMs();
      const isNew = warned?.reason !== reason || nowMs - warned.atMs >= WARNED_AGAIN_MS;
      if (isNew) warned = { reason, atMs: nowMs };
      logger[isNew ? 'warn' : 'debug']({ err: error, consumer, source, waitMs }, 'a consumer was interrupted');
    });
  }
}

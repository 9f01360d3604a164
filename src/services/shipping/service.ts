import { ShippingServiceDefinition } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { logSteps, PARTS_MIGRATIONS, playPart } from '../../chassis/choreography/index.ts';
import { integer, milliseconds, url } from '../../chassis/config/index.ts';
import { EVENTS_MIGRATIONS } from '../../chassis/events/index.ts';
import { defineService } from '../../chassis/lifecycle/index.ts';
import { createOutboundGuard, createReconciler, guardKeys, pendingOperations } from '../../chassis/outbound/index.ts';
import { bind } from '../../chassis/server/index.ts';
import { createCarrierClient } from './carrier-client.ts';
import { shipmentPart } from './checkout-part.ts';
import { createCommandRunner } from './commands.ts';
import { createShippingHandlers } from './handlers.ts';
import { createShipmentOperations } from './operations.ts';
import { createShipmentRepository } from './repository.ts';
import { createShipmentBell } from './shipment-bell.ts';
import { createTracker } from './tracker.ts';
import { createShipmentWriter } from './writer.ts';

const GUARD = guardKeys('the carrier');

/** The shipping process: shipments and their way to the door, against a carrier's HTTP API. */
export const shippingService = defineService({
  name: 'shipping',
  configuration: {
    CARRIER_URL: url("The base of the carrier's HTTP API."),
    CARRIER_TIMEOUT_MS: milliseconds('The longest wait for one answer of the carrier.', {
      min: 100,
      max: 60_000,
    }).prefault('4000'),
    CARRIER_MAX_CONCURRENT: GUARD.maxConcurrent,
    CARRIER_MAX_QUEUED: GUARD.maxQueued,
    CARRIER_FAILURE_PERCENT: GUARD.failurePercent,
    CARRIER_OPEN_MS: GUARD.openMs,
    SHIPPING_SETTLE_AFTER_MS: milliseconds(
      "What has no answer after this time is asked of the carrier again; above the carrier's time-out.",
      { min: 100, max: 3_600_000 },
    ).prefault('6000'),
    SHIPPING_RECONCILE_INTERVAL_MS: milliseconds('Between two looks for what has no answer.', {
      min: 50,
      max: 3_600_000,
    }).prefault('1000'),
    SHIPPING_TRACK_INTERVAL_MS: milliseconds(
      'The shortest wait between two looks at one shipment; doubled while there is no news of it.',
      { min: 50, max: 3_600_000 },
    ).prefault('5000'),
    SHIPPING_TRACK_MAX_INTERVAL_MS: milliseconds('The longest wait between two looks at one shipment.', {
      min: 50,
      max: 86_400_000,
    }).prefault('60000'),
    CHECKOUT_UNDO_ATTEMPTS: integer(
      'Tries at undoing what was done in a checkout that events carry on, before that waits for an operator.',
      { min: 1, max: 10_000 },
    ).prefault('60'),
  },
  migrations: [EVENTS_MIGRATIONS, PARTS_MIGRATIONS, new URL('./migrations/', import.meta.url)],
  neighbours: { order: 'optional', payment: 'optional' },
  async wire({ config, database, clock, random, newId, pageTokens, logger }) {
    const shipments = createShipmentRepository();
    const guard = createOutboundGuard(
      'the carrier',
      {
        maxConcurrent: config.CARRIER_MAX_CONCURRENT,
        maxQueued: config.CARRIER_MAX_QUEUED,
        failureRatio: config.CARRIER_FAILURE_PERCENT / 100,
        openMs: config.CARRIER_OPEN_MS,
      },
      { clock },
    );
    const carrier = createCarrierClient({
      url: config.CARRIER_URL,
      clock,
      timeoutMs: config.CARRIER_TIMEOUT_MS,
      guard,
    });
    const bell = createShipmentBell({ database, shipments, clock });
    const settleAfterMs = config.SHIPPING_SETTLE_AFTER_MS;
    const trackIntervalMs = config.SHIPPING_TRACK_INTERVAL_MS;
    const writer = createShipmentWriter({ database, clock, newId, settleAfterMs, trackIntervalMs });
    const stores = { database, shipments, writer, carrier, clock, logger, changed: bell.ring };
    const operations = createShipmentOperations(stores);
    const run = createCommandRunner(database, operations);
    const dependencies = { database, shipments, writer, run, pageTokens, newId, settleAfterMs };
    const handlers = createShippingHandlers({ ...dependencies, bell });
    const part = shipmentPart(dependencies, { undoAttempts: config.CHECKOUT_UNDO_ATTEMPTS });
    const playing = playPart(part, { database, clock, random, newId });
    logSteps(playing.events, logger);
    const reconciler = createReconciler({
      outside: 'the carrier',
      sources: [pendingOperations(operations, (limit) => shipments.claimOperations(database, limit, settleAfterMs))],
      clock,
      logger,
      intervalMs: config.SHIPPING_RECONCILE_INTERVAL_MS,
    });
    const tracker = createTracker({
      ...stores,
      random,
      intervalMs: trackIntervalMs,
      maxIntervalMs: config.SHIPPING_TRACK_MAX_INTERVAL_MS,
    });
    return {
      grpc: [bind(ShippingServiceDefinition, handlers)],
      background: [
        { name: 'reconciler', run: (signal) => reconciler.run(signal) },
        { name: 'tracker', run: (signal) => tracker.run(signal) },
        { name: 'bell', run: (signal) => bell.run(signal) },
        playing.background,
      ],
      consumers: playing.consumers,
      parts: [playing.name],
      backlogs: playing.backlogs,
      events: { exchanges: carrier.events, parts: playing.events },
      policies: { carrier: guard, tracker: tracker.asking },
      close: async () => carrier.close(),
    };
  },
});

import { PaymentServiceDefinition } from '../../../gen/tradewind/payment/v1/payment.ts';
import { logSteps, PARTS_MIGRATIONS, playPart } from '../../chassis/choreography/index.ts';
import { integer, milliseconds, url } from '../../chassis/config/index.ts';
import { EVENTS_MIGRATIONS } from '../../chassis/events/index.ts';
import { defineService } from '../../chassis/lifecycle/index.ts';
import { createOutboundGuard, createReconciler, guardKeys } from '../../chassis/outbound/index.ts';
import { bind } from '../../chassis/server/index.ts';
import { createCards } from './cards.ts';
import { paymentPart } from './checkout-part.ts';
import { createCommandRunner } from './commands.ts';
import { createComparisonRepository } from './comparison-repository.ts';
import { createPaymentHandlers } from './handlers.ts';
import { createLedgerComparison } from './ledger-comparison.ts';
import { discrepancyBacklog } from './discrepancy-backlog.ts';
import { measureDiscrepancies } from './measure-discrepancies.ts';
import { createMethodRepository } from './method-repository.ts';
import { createPaymentOperations } from './operations.ts';
import { createProviderClient } from './provider-client.ts';
import { createPaymentRepository } from './repository.ts';
import { unsettledSources } from './unsettled.ts';
import { createPaymentWriter } from './writer.ts';

const GUARD = guardKeys('the provider');

/** The payment process: cards, payments and the ledger, against a payment provider's HTTP API. */
export const paymentService = defineService({
  name: 'payment',
  configuration: {
    PAYMENT_PROVIDER_URL: url("The base of the payment provider's HTTP API."),
    PAYMENT_PROVIDER_TIMEOUT_MS: milliseconds('The longest wait for one answer of the provider.', {
      min: 100,
      max: 60_000,
    }).prefault('4000'),
    PAYMENT_PROVIDER_MAX_CONCURRENT: GUARD.maxConcurrent,
    PAYMENT_PROVIDER_MAX_QUEUED: GUARD.maxQueued,
    PAYMENT_PROVIDER_FAILURE_PERCENT: GUARD.failurePercent,
    PAYMENT_PROVIDER_OPEN_MS: GUARD.openMs,
    PAYMENT_SETTLE_AFTER_MS: milliseconds(
      "What has no answer after this time is looked up in the provider's ledger; above the provider's time-out.",
      { min: 100, max: 3_600_000 },
    ).prefault('6000'),
    PAYMENT_RECONCILE_INTERVAL_MS: milliseconds('Between two looks for what has no answer.', {
      min: 50,
      max: 3_600_000,
    }).prefault('1000'),
    PAYMENT_COMPARE_INTERVAL_MS: milliseconds("Between two comparisons of the ledger with the provider's.", {
      min: 50,
      max: 86_400_000,
    }).prefault('60000'),
    CHECKOUT_UNDO_ATTEMPTS: integer(
      'Tries at undoing what was done in a checkout that events carry on, before that waits for an operator.',
      { min: 1, max: 10_000 },
    ).prefault('60'),
  },
  migrations: [EVENTS_MIGRATIONS, PARTS_MIGRATIONS, new URL('./migrations/', import.meta.url)],
  neighbours: { order: 'optional', product: 'optional' },
  async wire({ config, database, clock, random, newId, pageTokens, logger, telemetry }) {
    const payments = createPaymentRepository(newId);
    const methods = createMethodRepository();
    const guard = createOutboundGuard(
      'the payment provider',
      {
        maxConcurrent: config.PAYMENT_PROVIDER_MAX_CONCURRENT,
        maxQueued: config.PAYMENT_PROVIDER_MAX_QUEUED,
        failureRatio: config.PAYMENT_PROVIDER_FAILURE_PERCENT / 100,
        openMs: config.PAYMENT_PROVIDER_OPEN_MS,
      },
      { clock },
    );
    const provider = createProviderClient({
      url: config.PAYMENT_PROVIDER_URL,
      clock,
      timeoutMs: config.PAYMENT_PROVIDER_TIMEOUT_MS,
      guard,
    });
    const settleAfterMs = config.PAYMENT_SETTLE_AFTER_MS;
    const writer = createPaymentWriter({ database, clock, newId, settleAfterMs });
    const operations = createPaymentOperations({ database, payments, methods, writer, provider });
    const cards = createCards({ database, methods, provider });
    const run = createCommandRunner(database, operations);
    const stores = { database, payments, methods, writer, provider, cards, clock, settleAfterMs };
    const reconciler = createReconciler({
      outside: 'the payment provider',
      sources: unsettledSources({ ...stores, operations }),
      clock,
      logger,
      intervalMs: config.PAYMENT_RECONCILE_INTERVAL_MS,
    });
    const comparison = createComparisonRepository(database);
    const ledgers = createLedgerComparison({
      ...{ ...stores, operations, comparison, logger },
      intervalMs: config.PAYMENT_COMPARE_INTERVAL_MS,
    });
    measureDiscrepancies(telemetry, ledgers);
    const dependencies = { ...stores, run, pageTokens, newId };
    const handlers = createPaymentHandlers({ ...dependencies, comparison, ledgers });
    const part = paymentPart(dependencies, { undoAttempts: config.CHECKOUT_UNDO_ATTEMPTS });
    const playing = playPart(part, { database, clock, random, newId });
    logSteps(playing.events, logger);
    return {
      grpc: [bind(PaymentServiceDefinition, handlers)],
      background: [
        { name: 'reconciler', run: (signal) => reconciler.run(signal) },
        { name: 'ledger comparison', run: (signal) => ledgers.run(signal) },
        playing.background,
      ],
      consumers: playing.consumers,
      events: { exchanges: provider.events, parts: playing.events },
      parts: [playing.name],
      backlogs: [discrepancyBacklog(ledgers), ...playing.backlogs],
      policies: { 'payment provider': guard },
      close: async () => provider.close(),
    };
  },
});

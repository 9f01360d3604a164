import { startRecordedApi, type RecordedApi, type RecordedApiOptions } from '../mutation/index.ts';
import { createCardFaults } from './card-faults.ts';
import { createLedger } from './ledger.ts';
import { paymentRoutes } from './routes.ts';
import { answerTo, describe } from './wire.ts';

/** How a payment provider is made. */
export type PaymentProviderOptions = RecordedApiOptions;

/** A running payment provider. */
export type PaymentProvider = RecordedApi;

/**
 * A card payment provider as a merchant sees one: tokens, authorizations, captures, voids, refunds, a ledger to
 * reconcile with. Rejects when the port is taken or the ledger is damaged.
 */
export function createPaymentProvider(options: PaymentProviderOptions): Promise<PaymentProvider> {
  const ledger = createLedger();
  return startRecordedApi(options, {
    apply: ledger.apply,
    answerTo,
    describe,
    routes: (tools) => paymentRoutes({ ...tools, ledger, faults: createCardFaults() }),
  });
}

export type { Authorization, Capture, CardToken, Refund } from './ledger.ts';
export { createPaymentProvider, type PaymentProvider, type PaymentProviderOptions } from './payment-provider.ts';
export type { CurrencyTotals, ReferenceTotals, Summary } from './summary.ts';
export { TEST_CARDS, type Behaviour, type DeclineCode, type TestCard } from './test-cards.ts';

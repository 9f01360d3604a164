export { MAX_AMOUNT_MINOR, parseAmount, toMoney, type Amount, type MoneyParts } from './domain/amount.ts';
export { MAX_CARDS, assertUsable, hasExpired, type CardDetails } from './domain/card.ts';
export {
  parseOrderId,
  parsePaymentId,
  parsePaymentMethodId,
  parseUserId,
  type OrderId,
  type PaymentId,
  type PaymentMethodId,
  type UserId,
} from './domain/ids.ts';
export {
  ACCOUNTS,
  balances,
  linesOf,
  type Booking,
  type LedgerAccount,
  type Line,
  type TransactionKind,
} from './domain/ledger.ts';
export {
  blocksOrder,
  captureAmount,
  isInFlight,
  refundAmount,
  stateConflict,
  type Payment,
  type PaymentState,
} from './domain/payment.ts';
export { assertAllowed, transition, type PaymentEvent, type Transition } from './domain/transition.ts';

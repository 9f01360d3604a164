import {
  EntrySide,
  LedgerAccount,
  PaymentState,
  RefundState,
  TransactionKind,
  type Payment,
  type PaymentMethod,
  type Refund,
  type Transaction,
} from '../../../gen/tradewind/payment/v1/payment.ts';
import { linesOf, toMoney, type PaymentState as State } from './domain.ts';
import type { Operation, StoredMethod, StoredPayment, StoredTransaction } from './rows.ts';

const REFUND_STATES = {
  PENDING: RefundState.REFUND_STATE_PENDING,
  SUCCEEDED: RefundState.REFUND_STATE_SUCCEEDED,
  REFUSED: RefundState.REFUND_STATE_FAILED,
} as const satisfies Record<Operation['state'], RefundState>;

const STATES = new Map<PaymentState, State>(
  Object.entries(PaymentState).flatMap(
    ([name, number]) => (number > 0 ? [[number, name.replace('PAYMENT_STATE_', '') as State]] : []), // the contract's names are the domain's
  ),
);

/** The payment as the contract shows it; `refunds` are its own, oldest first. */
export function paymentMessage(payment: StoredPayment, refunds: readonly Operation[]): Payment {
  const { currency } = payment;
  return {
    id: payment.id,
    orderId: payment.orderId,
    userId: payment.userId,
    paymentMethodId: payment.paymentMethodId,
    state: PaymentState[`PAYMENT_STATE_${payment.state}`],
    amount: toMoney({ currency, minor: payment.amount }),
    capturedAmount: toMoney({ currency, minor: payment.captured }),
    refundedAmount: toMoney({ currency, minor: payment.refunded + payment.refunding }),
    cardBrand: payment.cardBrand,
    cardLast4: payment.cardLast4,
    declineCode: payment.declineCode,
    providerReference: payment.providerReference,
    authorizationExpireTime: payment.expiresAt,
    refunds: refunds.map((refund) => refundMessage(refund, currency)),
    createTime: payment.createTime,
    updateTime: payment.updateTime,
  };
}

function refundMessage(refund: Operation, currency: string): Refund {
  return {
    id: refund.id,
    state: REFUND_STATES[refund.state],
    amount: toMoney({ currency, minor: refund.minor }),
    reason: refund.reason,
    providerReference: refund.providerReference,
    createTime: refund.createTime,
    updateTime: refund.updateTime,
  };
}

/** The card as the contract shows it. */
export function methodMessage(method: StoredMethod): PaymentMethod {
  const { id, userId, brand, last4, expiryMonth, expiryYear, holderName, isDefault, createTime } = method;
  return { id, userId, brand, last4, expiryMonth, expiryYear, holderName, isDefault, createTime };
}

/** The double entry as the contract shows it. */
export function transactionMessage(transaction: StoredTransaction): Transaction {
  const { id, paymentId, orderId, kind, currency, providerReference, reconciled, createTime } = transaction;
  const lines = linesOf(kind, transaction.minor).map(({ account, side, minor }) => ({
    account: LedgerAccount[`LEDGER_ACCOUNT_${account}`],
    side: EntrySide[`ENTRY_SIDE_${side}`],
    amount: toMoney({ currency, minor }),
  }));
  const wireKind = TransactionKind[`TRANSACTION_KIND_${kind}`];
  return { id, paymentId, orderId, kind: wireKind, lines, providerReference, reconciled, createTime };
}

/** The state a filter names; undefined: any. */
export function stateFilter(state: PaymentState): State | undefined {
  return STATES.get(state);
}

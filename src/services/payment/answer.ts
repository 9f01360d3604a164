import { Payment } from '../../../gen/tradewind/payment/v1/payment.ts';

/** A payment, or that there is none, as an answer stores it. */
export type PaymentJson = ReturnType<typeof Payment.toJSON> | null;

/** The stored form of a payment. */
export function paymentJson(payment: Payment | undefined): PaymentJson {
  return payment === undefined ? null : Payment.toJSON(payment);
}

/** The payment of a stored form. */
export function paymentFrom(json: PaymentJson): Payment | undefined {
  return json === null ? undefined : Payment.fromJSON(json);
}

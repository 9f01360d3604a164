import { Channel } from '../../../gen/tradewind/notification/v1/notification.ts';
import { AppError } from '../../chassis/core/index.ts';
import type { OrderClients } from './clients.ts';
import { format, pointsFor, type Money } from './domain.ts';
import {
  totalOf,
  type LineCancellationInput,
  type LineCancellationOutputs,
  type OrderSagaInput,
} from './saga-input.ts';

interface StepInput {
  readonly key: string;
  readonly input: OrderSagaInput;
  readonly signal: AbortSignal;
}

/** What the customer is written. */
interface Letter extends Omit<StepInput, 'input'> {
  readonly input: Pick<OrderSagaInput, 'orderId' | 'userId' | 'total'>;
  readonly template: 'order-confirmed' | 'order-cancelled' | 'order-lines-cancelled';
  /** What the template wants beside order, total and name. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Mails the customer. An account that was closed in the meantime is not written to. */
export async function notifyCustomer(
  { users, notifications }: Pick<OrderClients, 'users' | 'notifications'>,
  { key, input, signal, template, parameters }: Letter,
): Promise<{ readonly notificationId: string | undefined }> {
  const { orderId, userId } = input;
  const user = await users.getUser({ userId }, { signal }).then(({ user }) => user, unlessReason('USER_NOT_FOUND'));
  if (user === undefined) return { notificationId: undefined };
  const { notification } = await notifications.sendNotification(
    {
      requestId: key,
      userId,
      orderId,
      channel: Channel.CHANNEL_EMAIL,
      template,
      recipient: user.email,
      parameters: { order_id: orderId, order_total: format(totalOf(input)), name: user.displayName, ...parameters },
    },
    { signal },
  );
  return { notificationId: notification?.id };
}

/** The points of an order. An award that a cancellation has already revoked is none, nor is one that no longer fits the balance. */
export async function awardPoints(
  { loyalty }: Pick<OrderClients, 'loyalty'>,
  { key, input, signal }: StepInput,
): Promise<{ readonly points: string }> {
  const { orderId, userId } = input;
  const points = pointsFor(totalOf(input));
  if (points === 0n) return { points: '0' };
  const awarded = await loyalty
    .awardPoints({ requestId: key, userId, orderId, points, reason: 'Order confirmed' }, { signal })
    .then(({ entry }) => entry?.points, unlessReason('AWARD_REVOKED', 'BALANCE_LIMIT'));
  return { points: String(awarded ?? 0n) };
}

/** Takes back the points that an order without some pieces is not worth; fewer are left where some were revoked by hand. */
export async function revokePieces(
  { loyalty }: Pick<OrderClients, 'loyalty'>,
  { key, input, signal }: Omit<StepInput, 'input'> & { readonly input: LineCancellationInput },
): Promise<LineCancellationOutputs['revoke-points']> {
  const points = BigInt(input.points);
  if (points === 0n) return { points: '0' };
  const target = { $case: 'orderId', value: input.orderId } as const;
  const revoke = { requestId: key, target, reason: 'Order changed' };
  const done = await loyalty
    .revokePoints({ ...revoke, points }, { signal })
    .then(({ entries }) => entries, unlessReason('POINTS_EXCEED_AWARD', 'ENTRY_NOT_FOUND'));
  const entries = done ?? (await loyalty.revokePoints({ ...revoke, requestId: `${key}/rest` }, { signal })).entries;
  return { points: String(entries.reduce((sum, entry) => sum - entry.points, 0n)) };
}

interface Refund {
  readonly key: string;
  readonly paymentId: string;
  /** What is to go back; undefined: all that is left. */
  readonly amount?: Money;
  readonly reason: string;
  readonly signal: AbortSignal;
}

/** Gives money of a payment back. All of it may have gone back by hand already. */
export async function refund(
  { payments }: Pick<OrderClients, 'payments'>,
  { key: requestId, paymentId, amount, reason, signal }: Refund,
): Promise<void> {
  await payments.refundPayment({ requestId, paymentId, amount, reason }, { signal }).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.reason !== 'PAYMENT_STATE_CONFLICT') throw error;
    if (error.metadata['state'] !== 'REFUNDED') throw error;
  });
}

/** Takes some refusals for an answer. */
function unlessReason(...reasons: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof AppError && reasons.includes(error.reason)) return undefined;
    throw error;
  };
}

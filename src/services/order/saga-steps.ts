import { Channel } from '../../../gen/tradewind/notification/v1/notification.ts';
import { AppError } from '../../chassis/core/index.ts';
import type { OrderClients } from './clients.ts';
import { format } from './domain.ts';
import { totalOf, type OrderSagaInput } from './saga-input.ts';

interface StepInput {
  readonly key: string;
  readonly input: OrderSagaInput;
  readonly signal: AbortSignal;
}

/** Mails the customer. An account that was closed in the meantime is not written to. */
export async function notifyCustomer(
  { users, notifications }: Pick<OrderClients, 'users' | 'notifications'>,
  { key, input, signal, template }: StepInput & { readonly template: 'order-confirmed' | 'order-cancelled' },
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
      parameters: { order_id: orderId, order_total: format(totalOf(input)), name: user.displayName },
    },
    { signal },
  );
  return { notificationId: notification?.id };
}

/** What the contract lets one award be. */
const MAX_AWARD = 1_000_000_000n;

/**
 * One point for each whole unit of the total, as far as one award goes. An award that a cancellation has already revoked
 * is none, nor is one that no longer fits the balance.
 */
export async function awardPoints(
  { loyalty }: Pick<OrderClients, 'loyalty'>,
  { key, input, signal }: StepInput,
): Promise<{ readonly points: string }> {
  const { orderId, userId } = input;
  const { units } = totalOf(input);
  const points = units < MAX_AWARD ? units : MAX_AWARD;
  if (points === 0n) return { points: '0' };
  const awarded = await loyalty
    .awardPoints({ requestId: key, userId, orderId, points, reason: 'Order confirmed' }, { signal })
    .then(({ entry }) => entry?.points, unlessReason('AWARD_REVOKED', 'BALANCE_LIMIT'));
  return { points: String(awarded ?? 0n) };
}

/** Gives back what is left of a payment. All of it may have gone back by hand already. */
export async function refundRest(
  { payments }: Pick<OrderClients, 'payments'>,
  refund: { readonly key: string; readonly paymentId: string; readonly reason: string; readonly signal: AbortSignal },
): Promise<void> {
  const { key: requestId, paymentId, reason, signal } = refund;
  await payments.refundPayment({ requestId, paymentId, reason }, { signal }).catch((error: unknown) => {
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

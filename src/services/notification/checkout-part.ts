import { Channel } from '../../../gen/tradewind/notification/v1/notification.ts';
import type { UserServiceDefinition } from '../../../gen/tradewind/user/v1/user.ts';
import { hear, type Part, type PartState } from '../../chassis/choreography/index.ts';
import type { ChassisClient } from '../../chassis/client/index.ts';
import { ORDER_EVENTS } from './consumers/order-events.ts';
import type { NotificationDependencies } from './dependencies.ts';
import { NOTIFICATION_EVENTS } from './events.ts';
import { sendNotificationHandler } from './send-notification.ts';

/** What the notification process does in a checkout that events carry on. */
export type LetterStep = 'notify';

/** What it needs to know of the order. */
interface LetterBrief {
  readonly [kept: string]: unknown;
  readonly userId: string;
  readonly totalText: string;
}

/** The customer is written to once the order is confirmed. */
export function nextLetterStep({ heard, said }: PartState<LetterStep>): LetterStep | undefined {
  return heard.has('checkout.confirmed') && said.notify === undefined ? 'notify' : undefined;
}

/** The letter's part in a checkout without a saga: SendNotification, done when the order says that it is confirmed. */
export function letterPart(
  dependencies: NotificationDependencies,
  users: Pick<ChassisClient<typeof UserServiceDefinition>, 'getUser'>,
): Part<LetterStep, LetterBrief> {
  const send = sendNotificationHandler(dependencies);
  return {
    name: 'checkout-letter',
    hears: {
      order: [hear(ORDER_EVENTS.checkoutConfirmed, ({ userId, totalText }) => ({ userId, totalText }))],
    },
    next: nextLetterStep,
    steps: {
      notify: {
        async run({ key: requestId, subject: orderId, brief: { userId = '', totalText = '' }, signal }) {
          const { user } = await users.getUser({ userId }, { signal });
          const { notification } = await send({
            ...{ requestId, userId, orderId },
            channel: Channel.CHANNEL_EMAIL,
            template: 'order-confirmed',
            recipient: user?.email ?? '',
            parameters: { order_id: orderId, order_total: totalText, name: user?.displayName ?? '' },
          });
          return written(orderId, notification?.id ?? '');
        },
        /** The account may have been closed in the meantime. */
        refused: ({ reason }, orderId) => (reason === 'USER_NOT_FOUND' ? written(orderId, '') : undefined),
      },
    },
  };
}

function written(orderId: string, notificationId: string) {
  const payload = { order_id: orderId, notification_id: notificationId };
  return { type: NOTIFICATION_EVENTS.checkoutWritten.type, payload };
}

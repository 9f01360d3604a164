import { AppError } from '../../../chassis/core/index.ts';
import type { NotificationId, OrderId, UserId } from './ids.ts';

/** The way a message goes. */
export type Channel = 'EMAIL' | 'SMS' | 'PUSH';

/** What a message is about. */
export type Category = 'ACCOUNT' | 'ORDER' | 'STOCK' | 'MARKETING';

/** Where a message stands; the contract says what follows what. */
export type NotificationState = 'QUEUED' | 'SENDING' | 'SENT' | 'DELIVERED' | 'FAILED' | 'SUPPRESSED';

/** A message to a user. */
export interface Notification {
  readonly id: NotificationId;
  /** Undefined where it is to operators. */
  readonly userId: UserId | undefined;
  readonly channel: Channel;
  readonly category: Category;
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly recipient: string;
  readonly orderId: OrderId | undefined;
  readonly subject: string;
  readonly body: string;
  readonly state: NotificationState;
  /** How often it was handed to the channel. */
  readonly attempts: number;
  readonly lastError: string;
  /** While QUEUED after a failure. */
  readonly nextAttemptTime: Date | undefined;
  readonly sendTime: Date | undefined;
  readonly createTime: Date;
  readonly updateTime: Date;
}

/** NOT_FOUND, NOTIFICATION_NOT_FOUND. */
export function notificationNotFound(id: NotificationId): AppError {
  return new AppError({
    status: 'NOT_FOUND',
    reason: 'NOTIFICATION_NOT_FOUND',
    message: `no message has the id ${id}`,
    details: [{ kind: 'resourceInfo', resourceType: 'notification', resourceName: id }],
  });
}

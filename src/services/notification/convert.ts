import {
  Category as CategoryMessage,
  Channel as ChannelMessage,
  Notification as NotificationMessage,
  NotificationState as StateMessage,
  Preferences as PreferencesMessage,
} from '../../../gen/tradewind/notification/v1/notification.ts';
import { etagOf } from '../../chassis/store/index.ts';
import type { Category, Channel, Notification, NotificationState, Preferences } from './domain.ts';

/** The message as the contract shows it. */
export function notificationMessage(notification: Notification): NotificationMessage {
  const { userId, channel, category, state, parameters, orderId, ...same } = notification;
  return NotificationMessage.fromPartial({
    ...same,
    userId: userId ?? '',
    orderId: orderId ?? '',
    parameters: { ...parameters },
    channel: ChannelMessage[`CHANNEL_${channel}`],
    category: CategoryMessage[`CATEGORY_${category}`],
    state: StateMessage[`NOTIFICATION_STATE_${state}`],
  });
}

/** The preferences as the contract shows them. */
export function preferencesMessage(preferences: Preferences): PreferencesMessage {
  return PreferencesMessage.fromPartial({
    userId: preferences.userId,
    mutedChannels: preferences.mutedChannels.map((channel) => ChannelMessage[`CHANNEL_${channel}`]),
    mutedCategories: preferences.mutedCategories.map((category) => CategoryMessage[`CATEGORY_${category}`]),
    locale: preferences.locale,
    updateTime: preferences.updateTime,
    etag: etagOf(preferences.version),
  });
}

/** The channel that a request names; undefined for "unspecified". */
export const fromChannel = reader<Channel>(ChannelMessage, 'CHANNEL_');
/** The category that a request names; undefined for "unspecified". */
export const fromCategory = reader<Category>(CategoryMessage, 'CATEGORY_');
/** The state that a request names; undefined for "unspecified". */
export const fromState = reader<NotificationState>(StateMessage, 'NOTIFICATION_STATE_');

function reader<Name extends string>(values: Readonly<Record<string, number>>, prefix: string) {
  const names = new Map(
    Object.entries(values).flatMap(
      ([name, number]) => (number > 0 ? [[number, name.replace(prefix, '') as Name]] : []), // the contract's names are the domain's
    ),
  );
  return (number: number): Name | undefined => names.get(number);
}

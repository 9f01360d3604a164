import {
  Preferences as PreferencesMessage,
  type NotificationServiceImplementation,
} from '../../../gen/tradewind/notification/v1/notification.ts';
import { currentCall, maskedFields } from '../../chassis/core/index.ts';
import { assertMayAct, ownerToList } from '../../chassis/security/index.ts';
import { assertEtag, pageSize, toPage } from '../../chassis/store/index.ts';
import { fromCategory, fromChannel, fromState, notificationMessage, preferencesMessage } from './convert.ts';
import type { NotificationDependencies } from './dependencies.ts';
import { notificationNotFound, parseNotificationId, parseOrderId, parseUserId, type Preferences } from './domain.ts';
import { notifications } from './notification-repository.ts';
import { boundsOf } from './positions.ts';
import { preferencesStore } from './preferences-repository.ts';
import { sendNotificationHandler } from './send-notification.ts';
import { createStockNoticeHandlers } from './stock-notice-handlers.ts';
import { watchNotificationsHandler } from './watch-notifications.ts';

/** NotificationService: proto to domain and back. */
export function createNotificationHandlers(dependencies: NotificationDependencies): NotificationServiceImplementation {
  const { database, pageTokens } = dependencies;
  return {
    sendNotification: sendNotificationHandler(dependencies),
    watchNotifications: watchNotificationsHandler(dependencies),
    ...createStockNoticeHandlers(dependencies),

    async getNotification(request) {
      const id = parseNotificationId(request.notificationId);
      const notification = await notifications.get(database, id);
      if (notification === undefined) throw notificationNotFound(id);
      assertMayAct(currentCall()?.principal, notification.userId);
      return { notification: notificationMessage(notification) };
    },

    async listNotifications(request) {
      const userId = ownerToList(currentCall()?.principal, request.userId);
      const orderId = request.orderId === '' ? undefined : parseOrderId(request.orderId);
      const { channel, state } = request;
      const query = { method: 'ListNotifications', userId, orderId, channel, state };
      const size = pageSize(request.pageSize);
      const [after] = pageTokens.decode(request.pageToken, query) ?? [];
      // Before the page: what changes while it is read comes with the watch.
      const { newest: watchPosition } = await boundsOf(database);
      const filter = { userId, orderId, channel: fromChannel(channel), state: fromState(state) };
      const rows = await notifications.list(database, filter, { after, limit: size + 1 });
      const page = toPage({ rows, size, tokens: pageTokens, request: query, cursor: ({ id }) => [id] });
      return {
        notifications: page.rows.map(notificationMessage),
        nextPageToken: page.nextPageToken,
        watchPosition,
      };
    },

    async getPreferences(request) {
      const userId = parseUserId(request.userId);
      assertMayAct(currentCall()?.principal, userId);
      return { preferences: preferencesMessage(await preferencesStore.get(database, userId)) };
    },

    async updatePreferences(request) {
      const changes = request.preferences ?? PreferencesMessage.fromPartial({}); // required by the contract
      const userId = parseUserId(changes.userId);
      assertMayAct(currentCall()?.principal, userId);
      const wanted = toChange(changes, request.updateMask);
      const updated = await database.transaction(async (tx) => {
        const current = await preferencesStore.lock(tx, userId);
        assertEtag(changes.etag, current.version);
        return preferencesStore.update(tx, { ...current, ...wanted });
      });
      return { preferences: preferencesMessage(updated) };
    },
  };
}

/** The paths an update mask may name. */
const CHANGEABLE = ['mutedChannels', 'mutedCategories', 'locale'] as const;

function toChange(changes: PreferencesMessage, mask: readonly string[] | undefined): Partial<Preferences> {
  const { mutedChannels, mutedCategories, locale } = maskedFields({ mask, changes, fields: CHANGEABLE });
  return {
    ...(mutedChannels && { mutedChannels: mutedChannels.flatMap((channel) => fromChannel(channel) ?? []) }),
    ...(mutedCategories && { mutedCategories: mutedCategories.flatMap((category) => fromCategory(category) ?? []) }),
    ...(locale !== undefined && { locale }),
  };
}

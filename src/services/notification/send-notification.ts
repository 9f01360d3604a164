import {
  SendNotificationRequest,
  SendNotificationResponse,
} from '../../../gen/tradewind/notification/v1/notification.ts';
import { currentCall } from '../../chassis/core/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import { idempotently, type Queryable } from '../../chassis/store/index.ts';
import { fromChannel, notificationMessage } from './convert.ts';
import type { NotificationDependencies } from './dependencies.ts';
import {
  assertParameters,
  assertRecipient,
  findTemplate,
  isMuted,
  parseNotificationId,
  parseOrderId,
  parseUserId,
  render,
  TEMPLATES,
} from './domain.ts';
import { notifications, type NewNotification } from './notification-repository.ts';
import { preferencesStore } from './preferences-repository.ts';

/** SendNotification: the message and the record of the command in one transaction; the sender does the rest. */
export function sendNotificationHandler({ database, newId, bells }: NotificationDependencies) {
  async function accept(tx: Queryable, request: SendNotificationRequest): Promise<SendNotificationResponse> {
    const userId = parseUserId(request.userId);
    const { template: name, parameters, recipient, channel } = assertSendable(request);
    const template = findTemplate(TEMPLATES, name, channel);
    const preferences = await preferencesStore.get(tx, userId);
    const muted = isMuted(preferences, { channel, category: template.category });
    const message: NewNotification = {
      id: parseNotificationId(newId()),
      ...{ userId, channel, category: template.category, template: name, parameters, recipient },
      orderId: request.orderId === '' ? undefined : parseOrderId(request.orderId),
      ...render(template, { channel, locale: preferences.locale, parameters }),
      state: muted ? 'SUPPRESSED' : 'QUEUED',
    };
    return { notification: notificationMessage(await notifications.insert(tx, message)) };
  }

  return async (request: SendNotificationRequest): Promise<SendNotificationResponse> => {
    assertAdmin(currentCall()?.principal);
    const parameters = sorted(request.parameters);
    const command = {
      scope: '/tradewind.notification.v1.NotificationService/SendNotification',
      key: request.requestId,
      request: SendNotificationRequest.encode({ ...request, parameters, requestId: '' }).finish(),
      codec: SendNotificationResponse,
    };
    const response = await database.transaction((tx) => idempotently(tx, command, () => accept(tx, request)));
    bells.queued.ring();
    bells.changed.ring();
    return response;
  };
}

/** What the contract's rules cannot say about a request. */
function assertSendable({ template, parameters, recipient, channel: number }: SendNotificationRequest) {
  const channel = fromChannel(number);
  if (channel === undefined) throw new Error('the contract requires a channel');
  assertParameters(findTemplate(TEMPLATES, template, channel), parameters);
  assertRecipient(channel, recipient);
  return { template, parameters, recipient, channel };
}

/** Some languages write a map in another order each time, and mean the same request. */
function sorted(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1)));
}

import {
  SendNotificationRequest,
  SendNotificationResponse,
} from '../../../gen/tradewind/notification/v1/notification.ts';
import { currentCall, describeCall } from '../../chassis/core/index.ts';
import { createParticipant } from '../../chassis/participant/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import { acceptMessage, type Wanted } from './accept-message.ts';
import { fromChannel, notificationMessage } from './convert.ts';
import type { NotificationDependencies } from './dependencies.ts';
import {
  assertParameters,
  assertRecipient,
  findTemplate,
  parseNotificationId,
  parseOrderId,
  parseUserId,
  render,
  TEMPLATES,
  type NotificationId,
} from './domain.ts';
import { statements } from './statements.ts';

/** What the statement for many messages says of one it took. */
interface Accepted {
  readonly id: NotificationId;
  readonly subject: string;
  readonly body: string;
  readonly create_time: string;
  readonly update_time: string;
}

/** SendNotification: the message and the record of the command in one commit; the sender does the rest. */
export function sendNotificationHandler({ database, clock, newId, bells }: NotificationDependencies) {
  const accept = createParticipant<SendNotificationRequest, Wanted, SendNotificationResponse>(
    {
      method: '/tradewind.notification.v1.NotificationService/SendNotification',
      request: SendNotificationRequest,
      response: SendNotificationResponse,
      parse: (request) => toWanted(request, parseNotificationId(newId())),
      handle: async (tx, wanted) => ({
        response: { notification: notificationMessage(await acceptMessage(tx, wanted)) },
        events: [],
      }),
      fast: { effect: statements['accept-many'], body: toBody, response: toResponse },
    },
    { database, clock, newId },
  );
  return async (request: SendNotificationRequest): Promise<SendNotificationResponse> => {
    assertAdmin(currentCall()?.principal);
    if (request.orderId !== '') describeCall({ orderId: request.orderId });
    const response = await accept({ ...request, parameters: sorted(request.parameters) });
    bells.queued.ring();
    bells.changed.ring();
    return response;
  };
}

function toBody({ words, ...wanted }: Wanted): Readonly<Record<string, unknown>> {
  const { id, userId, channel, category, template, parameters, recipient, orderId, traceparent } = wanted;
  const { subject, body } = render(words, { channel, locale: '', parameters });
  return {
    ...{ id, channel, category, template, parameters, recipient, subject, body },
    user_id: userId,
    order_id: orderId ?? null,
    trace_parent: traceparent,
  };
}

/** The message as it was when it had just been accepted. */
function toResponse({ words: _, ...wanted }: Wanted, outcome: unknown): SendNotificationResponse {
  const { id, subject, body, create_time, update_time } = outcome as Accepted; // accept-many.sql makes it
  return {
    notification: notificationMessage({
      ...wanted,
      ...{ id, subject, body, createTime: new Date(create_time), updateTime: new Date(update_time) },
      state: 'QUEUED',
      attempts: 0,
      lastError: '',
      nextAttemptTime: undefined,
      sendTime: undefined,
    }),
  };
}

/** Throws INVALID_ARGUMENT for what the contract's rules cannot say about a request. */
function toWanted(request: SendNotificationRequest, id: NotificationId): Wanted {
  const { template, parameters, recipient, orderId } = request;
  const userId = parseUserId(request.userId);
  const channel = fromChannel(request.channel);
  if (channel === undefined) throw new Error('the contract requires a channel');
  const words = findTemplate(TEMPLATES, template, channel);
  assertParameters(words, parameters);
  assertRecipient(channel, recipient);
  return {
    ...{ id, userId, channel, category: words.category, template, parameters, recipient, words },
    traceparent: currentCall()?.trace?.traceparent,
    orderId: orderId === '' ? undefined : parseOrderId(orderId),
  };
}

/** Some languages write a map in another order each time, and mean the same request. */
function sorted(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1)));
}

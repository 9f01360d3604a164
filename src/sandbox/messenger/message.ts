import { ApiError } from '../http/index.ts';
import { testRecipient, type MessengerChannel } from './test-recipients.ts';

/** What a sender wants delivered. */
export interface MessageRequest {
  readonly channel: MessengerChannel;
  /** A telephone number by E.164, or a device token. */
  readonly to: string;
  /** Of a push message; an SMS has none. */
  readonly title: string;
  readonly text: string;
}

/** A message as the record holds it; where it stands follows from this and the time. */
export interface Message extends MessageRequest {
  readonly id: string;
  readonly createdAt: string;
  /** How long its way takes, in milliseconds. */
  readonly receiptMs: number;
}

/** Where a message stands. The last two are final. */
export type MessageStatus = 'accepted' | 'delivered' | 'undeliverable';

/** What can be recorded. */
export interface MessengerEvent {
  readonly type: 'ACCEPTED';
  readonly message: Message;
}

/** Takes a message. Throws ApiError 422 RECIPIENT_REFUSED with `refusalCode`. */
export function acceptMessage(
  request: MessageRequest,
  moment: { readonly id: string; readonly nowMs: number; readonly receiptMs: number },
): MessengerEvent {
  const { channel, to } = request;
  if (testRecipient(channel, to).refused) {
    throw new ApiError({
      status: 422,
      code: 'RECIPIENT_REFUSED',
      message: 'nobody can be reached there',
      extra: { refusalCode: channel === 'sms' ? 'number_unknown' : 'token_unregistered' },
    });
  }
  const { id, nowMs, receiptMs } = moment;
  const message = { ...request, id: `msg_${id}`, createdAt: new Date(nowMs).toISOString(), receiptMs };
  return { type: 'ACCEPTED', message };
}

/** Where a message stands at an instant. */
export function statusOf({ channel, to, createdAt, receiptMs }: Message, nowMs: number): MessageStatus {
  const { receipt = 'delivered' } = testRecipient(channel, to);
  return receipt === 'never' || nowMs - Date.parse(createdAt) < receiptMs ? 'accepted' : receipt;
}

import { startRecordedApi, type RecordedApi, type RecordedApiOptions } from '../mutation/index.ts';
import type { Message, MessengerEvent } from './message.ts';
import { messageView, messengerRoutes } from './routes.ts';

/** How a messenger is made. */
export interface MessengerOptions extends RecordedApiOptions {
  /** How long it takes until a message has its receipt, in milliseconds. Default 2,000. */
  readonly receiptMs?: number;
}

/** A running messenger. */
export type Messenger = RecordedApi;

const DEFAULT_RECEIPT_MS = 2_000;

/**
 * A provider of SMS and push messages as a merchant sees one: messages, which it takes or refuses, and what became of them. Rejects when the port is
 * taken or the record is damaged.
 */
export function createMessenger(options: MessengerOptions): Promise<Messenger> {
  const messages = new Map<string, Message>();
  const { receiptMs = DEFAULT_RECEIPT_MS } = options;
  return startRecordedApi<MessengerEvent>(options, {
    apply: ({ message }) => void messages.set(message.id, message),
    answerTo: ({ message }) => ({ status: 201, json: messageView(message, Date.parse(message.createdAt)) }),
    describe: ({ type, message: { id, channel, to, title, text } }) => ({
      type,
      messageId: id,
      channel,
      to,
      title,
      text,
    }),
    routes: (tools) => messengerRoutes({ ...tools, messages, receiptMs }),
  });
}

import { z } from 'zod';

import type { Events } from '../../../chassis/core/index.ts';
import {
  createHttpExchange,
  type HttpExchangeEvents,
  type HttpExchangeOptions,
} from '../../../chassis/outbound/index.ts';

/** How the messenger is reached. */
export type MessengerClientOptions = Omit<HttpExchangeOptions, 'name' | 'unavailableReason'>;

/** A message as the messenger hears of it. */
export interface MessengerRequest {
  /** The Idempotency-Key: asked again under it, it is sent once and answered as before. */
  readonly key: string;
  readonly channel: 'sms' | 'push';
  readonly to: string;
  /** Of a push message. */
  readonly title: string;
  readonly text: string;
}

/** What the messenger said to a message. */
export type MessengerAnswer =
  { readonly type: 'accepted'; readonly reference: string } | { readonly type: 'refused'; readonly code: string };

/** What a message's receipt says, once there is one. */
export type Receipt = 'delivered' | 'undeliverable';

/**
 * The provider of SMS and push messages, as this process sees it. Every method throws AppError UNAVAILABLE (MESSENGER_UNAVAILABLE) when there is no
 * answer or only "later"; a reply that its documentation does not have is an Error. No retries here: the sender repeats.
 */
export interface MessengerClient {
  readonly events: Events<HttpExchangeEvents>;
  send(message: MessengerRequest): Promise<MessengerAnswer>;
  /** Of 100 messages at most, by the messenger's own names, the receipts there are. */
  receiptsOf(references: readonly string[]): Promise<ReadonlyMap<string, Receipt>>;
  /** Lets go of its connections. */
  close(): void;
}

const taken = z.object({ id: z.string().min(1) });
const statuses = z.object({
  statuses: z.array(z.object({ id: z.string(), status: z.enum(['accepted', 'delivered', 'undeliverable']) })),
});

/** Refusals that are about the message, not about the moment. */
const REFUSALS: ReadonlySet<string> = new Set(['RECIPIENT_REFUSED', 'INVALID_REQUEST']);

/** Makes the client. It keeps its connections between requests. */
export function createMessengerClient(options: MessengerClientOptions): MessengerClient {
  const { send, events, close } = createHttpExchange({
    ...options,
    name: 'the messenger',
    unavailableReason: 'MESSENGER_UNAVAILABLE',
  });
  return {
    events,
    close,
    async send({ key, channel, to, title, text }) {
      const body = channel === 'sms' ? { channel, to, text } : { channel, to, title, text };
      const reply = await send({ method: 'POST', path: '/v1/messages', key, body });
      if (REFUSALS.has(reply.code)) return { type: 'refused', code: reply.facts['refusalCode'] || reply.code };
      return { type: 'accepted', reference: reply.parse(taken).id };
    },
    async receiptsOf(references) {
      const reply = await send({ method: 'POST', path: '/v1/statuses', body: { ids: references } });
      return new Map(
        reply
          .parse(statuses)
          .statuses.flatMap(({ id, status }) => (status === 'accepted' ? [] : [[id, status] as const])),
      );
    },
  };
}

import { z } from 'zod';

import { notFound, type Route } from '../http/index.ts';
import { fingerprintOf, requiredIdempotencyKey, type RecordedApiTools } from '../mutation/index.ts';
import { acceptMessage, statusOf, type Message, type MessengerEvent } from './message.ts';
import { testRecipient } from './test-recipients.ts';

/** What the routes work on. */
export interface MessengerRoutesOptions extends RecordedApiTools<MessengerEvent> {
  readonly messages: ReadonlyMap<string, Message>;
  /** How long a message's way takes, in milliseconds. */
  readonly receiptMs: number;
}

const text = z.string().min(1).max(2_000);
const messageBody = z.discriminatedUnion('channel', [
  z.strictObject({
    channel: z.literal('sms'),
    to: z.string().regex(/^\+[1-9][0-9]{6,14}$/, 'must be a telephone number by E.164'),
    text,
  }),
  z.strictObject({ channel: z.literal('push'), to: z.string().min(8).max(500), title: z.string().max(200), text }),
]);

/** How many messages one request may ask about. */
const MAX_ASKED = 100;

const statusesBody = z.strictObject({ ids: z.array(z.string().min(1)).min(1).max(MAX_ASKED) });

/** The messenger's own routes; those of the record are beside them. */
export function messengerRoutes({
  messages,
  mutations,
  clock,
  newId,
  receiptMs,
}: MessengerRoutesOptions): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/messages',
      async handle(request) {
        const idempotencyKey = requiredIdempotencyKey(request);
        const body = await request.body(messageBody);
        const wanted = { title: '', ...body };
        return mutations.perform({
          idempotencyKey,
          fingerprint: fingerprintOf('send', body),
          fault: testRecipient(wanted.channel, wanted.to).fault,
          decide: () => acceptMessage(wanted, { id: newId(), nowMs: clock.now(), receiptMs }),
        });
      },
    },
    {
      method: 'GET',
      path: '/v1/messages/:id',
      handle({ parameters }) {
        const message = messages.get(parameters['id'] ?? '');
        if (message === undefined) throw notFound('MESSAGE_NOT_FOUND', `no message ${parameters['id']}`);
        return { status: 200, json: messageView(message, clock.now()) };
      },
    },
    {
      method: 'POST',
      path: '/v1/statuses',
      async handle(request) {
        const { ids } = await request.body(statusesBody);
        const known = ids.flatMap((id) => messages.get(id) ?? []);
        const statuses = known.map((message) => ({ id: message.id, status: statusOf(message, clock.now()) }));
        return { status: 200, json: { statuses, unknown: ids.filter((id) => !messages.has(id)) } };
      },
    },
  ];
}

/** A message as its sender sees it at an instant. */
export function messageView(message: Message, nowMs: number): object {
  const { id, channel, to, title, text: said, createdAt } = message;
  return { id, channel, to, title, text: said, status: statusOf(message, nowMs), createdAt };
}

import type { Delivery } from '../domain.ts';
import type { DeliveryChannel } from './delivery-channel.ts';
import type { MessengerClient, MessengerRequest } from './messenger-client.ts';

/** SMS or push through the messenger. A message sent again goes out once: it is named by its id. */
export function createMessengerChannel(client: MessengerClient, channel: MessengerRequest['channel']): DeliveryChannel {
  return {
    async deliver({ id, recipient, subject, body }): Promise<Delivery> {
      try {
        const answer = await client.send({ key: id, channel, to: recipient, title: subject, text: body });
        if (answer.type === 'refused') return { type: 'refused', error: `refused by the messenger: ${answer.code}` };
        return { type: 'accepted', reference: answer.reference };
      } catch (error) {
        return { type: 'failed', error: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

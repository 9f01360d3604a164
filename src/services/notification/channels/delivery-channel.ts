import type { Channel, Delivery, Notification } from '../domain.ts';

/**
 * Hands messages to whoever carries them on one channel. It never throws for what happens to a message: that is in the
 * answer. It ends by itself within the time its maker gave it.
 */
export interface DeliveryChannel {
  /** May be called again for the same message, after a failure or a crash: it then names the message as before. */
  deliver(message: Notification): Promise<Delivery>;
}

/** Every channel has somebody, or says that it has nobody. */
export type DeliveryChannels = Readonly<Record<Channel, DeliveryChannel>>;

/** A channel that nobody carries in this installation: a message on it fails at once, and says why. */
export function createChannelWithoutProvider(channel: Channel): DeliveryChannel {
  return {
    async deliver() {
      return { type: 'no-provider', error: `no provider for ${channel} is configured in this installation` };
    },
  };
}

import type { Clock } from '../../chassis/core/index.ts';
import type { Secret } from '../../chassis/config/index.ts';
import { createOutboundGuard, type OutboundGuard } from '../../chassis/outbound/index.ts';
import { createChannelWithoutProvider, type DeliveryChannels } from './channels/delivery-channel.ts';
import { createMessengerChannel } from './channels/messenger.ts';
import { createMessengerClient, type MessengerClient } from './channels/messenger-client.ts';
import { createSmtpChannel } from './channels/smtp.ts';

/** The keys that say who carries messages. */
export interface ChannelConfiguration {
  readonly SMTP_URL: Secret;
  readonly SMTP_TIMEOUT_MS: number;
  readonly MAIL_FROM: string;
  readonly MESSENGER_URL?: string | undefined;
  readonly MESSENGER_TIMEOUT_MS: number;
  readonly MESSENGER_MAX_CONCURRENT: number;
  readonly MESSENGER_MAX_QUEUED: number;
  readonly MESSENGER_FAILURE_PERCENT: number;
  readonly MESSENGER_OPEN_MS: number;
}

/** Who carries messages in this installation. */
export interface OpenChannels {
  readonly channels: DeliveryChannels;
  /** Undefined: nobody carries SMS and push here. */
  readonly messenger: { readonly client: MessengerClient; readonly guard: OutboundGuard } | undefined;
  close(): void;
}

/** Opens them; the first message opens the first connection. */
export function openChannels(config: ChannelConfiguration, clock: Clock): OpenChannels {
  const email = createSmtpChannel({
    url: config.SMTP_URL,
    from: config.MAIL_FROM,
    timeoutMs: config.SMTP_TIMEOUT_MS,
    clock,
  });
  const messenger = openMessenger(config, clock);
  const channelOf = (channel: 'SMS' | 'PUSH') =>
    messenger === undefined
      ? createChannelWithoutProvider(channel)
      : createMessengerChannel(messenger.client, channel === 'SMS' ? 'sms' : 'push');
  return {
    channels: { EMAIL: email, SMS: channelOf('SMS'), PUSH: channelOf('PUSH') },
    messenger,
    close() {
      email.close();
      messenger?.client.close();
    },
  };
}

function openMessenger(config: ChannelConfiguration, clock: Clock): OpenChannels['messenger'] {
  if (config.MESSENGER_URL === undefined) return undefined;
  const guard = createOutboundGuard(
    'the messenger',
    {
      maxConcurrent: config.MESSENGER_MAX_CONCURRENT,
      maxQueued: config.MESSENGER_MAX_QUEUED,
      failureRatio: config.MESSENGER_FAILURE_PERCENT / 100,
      openMs: config.MESSENGER_OPEN_MS,
    },
    { clock },
  );
  const timeoutMs = config.MESSENGER_TIMEOUT_MS;
  return { guard, client: createMessengerClient({ url: config.MESSENGER_URL, clock, timeoutMs, guard }) };
}

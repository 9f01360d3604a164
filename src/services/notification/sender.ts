import type { Random } from '../../chassis/core/index.ts';
import type { BackgroundTask } from '../../chassis/lifecycle/index.ts';
import type { Logger } from '../../chassis/telemetry/index.ts';
import type { DeliveryChannels } from './channels/delivery-channel.ts';
import type { NotificationDependencies } from './dependencies.ts';
import { settle, type Notification, type RetryPolicy } from './domain.ts';
import { notifications } from './notification-repository.ts';

/** What the sender works with. */
export interface SenderOptions extends Pick<NotificationDependencies, 'database' | 'bells'> {
  readonly channels: DeliveryChannels;
  readonly retry: RetryPolicy;
  readonly random: Random;
  readonly logger: Logger;
  /** Between two looks for what is due, in milliseconds; what this process accepts is sent at once. */
  readonly lookMs: number;
  /** A message in the hands of a sender for longer is sent by another; above the longest delivery. In milliseconds. */
  readonly leaseMs: number;
}

/** How many messages one process has in hand at a time. */
const BATCH = 10;

/**
 * Hands accepted messages to their channels. Replicas share the work, each skipping what another has in hand. A crash
 * between handing over and writing it down means that the message is sent again, under its name: at least once.
 */
export function sendQueued(options: SenderOptions): BackgroundTask {
  const { database, bells, channels, retry, random, logger, lookMs, leaseMs } = options;

  async function send(message: Notification): Promise<void> {
    const delivery = await channels[message.channel].deliver(message);
    const settlement = settle(delivery, message.attempts, retry, random);
    const recorded = await notifications.settle(database, message, settlement);
    if (!recorded) {
      logger.warn({ notification: message.id, attempts: message.attempts }, 'another sender has taken the message');
    } else if (settlement.state !== 'SENT') {
      logger.warn({ notification: message.id, channel: message.channel, ...settlement }, 'a message was not sent');
    }
  }

  return {
    name: 'send-queued',
    async run(signal) {
      while (!signal.aborted) {
        const { rings } = bells.queued;
        const claimed = await notifications.claimDue(database, BATCH, leaseMs);
        if (claimed.length > 0) bells.changed.ring();
        const outcomes = await Promise.allSettled(claimed.map(send));
        if (claimed.length > 0) bells.changed.ring();
        const broken = outcomes.find((outcome) => outcome.status === 'rejected');
        // What could not be written down is sent again when its lease is over.
        if (broken !== undefined) throw broken.reason;
        if (claimed.length < BATCH) await bells.queued.after(rings, { timeoutMs: lookMs, signal });
      }
    },
  };
}

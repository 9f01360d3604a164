import type { ConfirmChannel } from 'amqplib';

import { AppError } from '../../../core/index.ts';
import type { OutgoingMessage } from '../broker/index.ts';
import type { AmqpLine } from './amqp-line.ts';
import { rabbitmqNames } from './rabbitmq-names.ts';

/** Publishes over one channel, so that messages stay in order; the channel is made anew after RabbitMQ has closed it. */
export interface Publisher {
  /** Has a channel ready. */
  prepare(): Promise<void>;
  /** See BrokerConnection.publish. `prepare` was called. */
  publish(message: OutgoingMessage): Promise<void>;
}

/** One without a channel yet. */
export function createPublisher(line: Pick<AmqpLine, 'openConfirmChannel'>): Publisher {
  let channel: ConfirmChannel | undefined;
  let opening: Promise<void> | undefined;

  async function open(): Promise<void> {
    const opened = await line.openConfirmChannel();
    opened.on('close', () => (channel = undefined));
    channel = opened;
  }

  return {
    async prepare() {
      if (channel !== undefined) return;
      opening ??= open().finally(() => (opening = undefined));
      await opening;
    },
    publish: (message) =>
      new Promise((resolve, reject) => {
        if (channel === undefined) return reject(channelClosed());
        const confirmed = (error: unknown) => (error === null ? resolve() : reject(refused(error)));
        const { source, partition, id, headers, data } = message;
        const options = {
          ...{ persistent: true, contentType: 'application/json', headers },
          ...(id !== undefined && { messageId: id }),
        };
        channel.publish(
          rabbitmqNames.exchange,
          rabbitmqNames.key(source, partition),
          Buffer.from(data),
          options,
          confirmed,
        );
      }),
  };
}

function channelClosed(): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'BROKER_CHANNEL_CLOSED',
    message: 'RabbitMQ has closed the channel for publishing',
  });
}

function refused(cause: unknown): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'BROKER_REFUSED',
    message: 'RabbitMQ has not taken a message',
    cause,
  });
}

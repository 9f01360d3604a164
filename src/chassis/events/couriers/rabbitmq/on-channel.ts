import type { Channel } from 'amqplib';

import type { AmqpLine } from './amqp-line.ts';

/** Works on a channel of its own: what RabbitMQ refuses closes the channel, and nobody else is on it. */
export async function onChannel<Result>(
  line: Pick<AmqpLine, 'openChannel' | 'answered'>,
  work: (channel: Channel) => Promise<Result>,
): Promise<Result> {
  const channel = await line.openChannel();
  try {
    return await line.answered(work(channel));
  } finally {
    await closeChannel(line, channel);
  }
}

/** Closes a channel; what was not acknowledged on it goes back into its queue. One that is closed already is left so. */
export async function closeChannel(line: Pick<AmqpLine, 'answered'>, channel: Channel): Promise<void> {
  await line.answered(channel.close()).catch(() => undefined); // RabbitMQ has closed it, or its connection is gone
}

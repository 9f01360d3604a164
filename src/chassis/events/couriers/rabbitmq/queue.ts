import type { Channel } from 'amqplib';

import type { Consumption } from '../broker/index.ts';
import type { AmqpLine } from './amqp-line.ts';
import { onChannel } from './on-channel.ts';
import { rabbitmqNames } from './rabbitmq-names.ts';

/** The names of a consumption's queue and of what it is bound to. */
export interface QueueNames {
  readonly queue: string;
  readonly key: string;
}

/** RabbitMQ takes no longer time, in milliseconds. */
const MAX_EXPIRES_MS = 2 ** 32 - 1;
/** The server's code for what is not there. */
const NOT_FOUND = 404;

/** Where a group's messages of one partition are kept. */
export function queueNames({
  consumer,
  source,
  partition,
}: Pick<Consumption, 'consumer' | 'source' | 'partition'>): QueueNames {
  return { queue: rabbitmqNames.queue(consumer, source, partition), key: rabbitmqNames.key(source, partition) };
}

/** Makes the exchange where it is not there. */
export async function declareExchange(line: Pick<AmqpLine, 'openChannel' | 'answered'>): Promise<void> {
  await onChannel(line, (channel) => channel.assertExchange(rabbitmqNames.exchange, 'topic', { durable: true }));
}

/**
 * Makes a queue, and says whether it did: one that is there stays as it is, because an operator may have changed it. One that nobody has read from
 * for `retentionMs` goes, so that a group that is gone for good fills no disk.
 */
export async function declareQueue(
  line: Pick<AmqpLine, 'openChannel' | 'answered'>,
  { queue }: Pick<QueueNames, 'queue'>,
  { retentionMs }: { readonly retentionMs: number },
): Promise<{ readonly isNew: boolean }> {
  try {
    await onChannel(line, (channel) => channel.checkQueue(queue));
    return { isNew: false };
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  await onChannel(line, (channel) =>
    channel.assertQueue(queue, {
      durable: true,
      expires: Math.min(retentionMs, MAX_EXPIRES_MS),
      arguments: { 'x-queue-type': 'quorum' },
    }),
  );
  return { isNew: true };
}

/** Has the exchange's messages of the partition put into the queue. Idempotent. */
export async function bindQueue(channel: Channel, { queue, key }: QueueNames): Promise<void> {
  await channel.bindQueue(queue, rabbitmqNames.exchange, key);
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === NOT_FOUND;
}

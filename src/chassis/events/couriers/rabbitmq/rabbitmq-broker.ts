import { randomInteger, systemClock, systemRandom, type Clock, type Random } from '../../../core/index.ts';
import { AMQP_BINDING } from '../../cloud-event-headers.ts';
import type { BrokerAdapter, BrokerConnection, BrokerFlow } from '../broker/index.ts';
import { openAmqpLine, type AmqpLine } from './amqp-line.ts';
import { consumeQueue } from './consume.ts';
import { onChannel } from './on-channel.ts';
import { createPublisher } from './publisher.ts';
import { declareExchange } from './queue.ts';
import { rabbitmqUrls } from './rabbitmq-urls.ts';

/** How RabbitMQ is reached. */
export interface RabbitmqBrokerOptions {
  /** See rabbitmqUrls. May hold a password. */
  readonly url: string;
  /** Names this process in RabbitMQ's own views. */
  readonly name: string;
  /** Queues that nobody has read from for longer are deleted, in milliseconds: the outbox's own retention. */
  readonly retentionMs: number;
  readonly clock?: Pick<Clock, 'setTimer' | 'sleep'>;
  readonly random?: Random;
}

/** `max_message_size` of RabbitMQ 4, in bytes; a server does not tell its own. That of RabbitMQ 3 is larger. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/**
 * RabbitMQ: one topic exchange, and a durable quorum queue per group and partition. Two connections, because one that publishes is stopped as a
 * whole, with its acknowledgements, when the server is short of memory or disk. Where either breaks, both are given up and opened anew by
 * whoever uses them.
 */
export function createRabbitmqBroker(options: RabbitmqBrokerOptions): BrokerAdapter {
  const { name, clock = systemClock, random = systemRandom } = options;
  const urls = rabbitmqUrls(options.url);
  const open = (purpose: string, signal: AbortSignal, onBlocked?: (reason: string | undefined) => void) => {
    const url = urls[randomInteger(random, urls.length)] ?? '';
    return openAmqpLine(url, { name: `${name} ${purpose}`, signal, clock, ...(onBlocked && { onBlocked }) });
  };
  return {
    name: 'rabbitmq',
    binding: AMQP_BINDING,
    async connect(signal, flow) {
      const lines = await openLines(open, signal, flow);
      const deleteQueue = async (queue: string) => {
        const line = await open('repair', lines.lost);
        try {
          await onChannel(line, (channel) => channel.deleteQueue(queue));
        } finally {
          await line.close();
        }
      };
      return openConnection(lines, { retentionMs: options.retentionMs, clock, deleteQueue });
    },
  };
}

/** The two connections of a process. */
interface Lines {
  readonly publishing: AmqpLine;
  /** Also declares: it is never stopped, because it publishes nothing. */
  readonly consuming: AmqpLine;
  /** Fires when either is gone. */
  readonly lost: AbortSignal;
  close(): Promise<void>;
}

async function openLines(
  open: (purpose: string, signal: AbortSignal, onBlocked?: BrokerFlow['changed']) => Promise<AmqpLine>,
  signal: AbortSignal,
  flow: BrokerFlow | undefined,
): Promise<Lines> {
  const consuming = await open('consume', signal);
  const publishing = await open('publish', signal, (reason) => flow?.changed(reason)).catch(async (error: unknown) => {
    await consuming.close();
    throw error;
  });
  const close = async () => {
    await Promise.all([publishing.close(), consuming.close()]);
  };
  const lost = AbortSignal.any([publishing.lost, consuming.lost]);
  if (lost.aborted) await close();
  lost.addEventListener('abort', () => void close(), { once: true });
  return { publishing, consuming, lost, close };
}

async function openConnection(
  { publishing, consuming, lost, close }: Lines,
  options: Omit<Parameters<typeof consumeQueue>[1], 'line'>,
): Promise<BrokerConnection> {
  const publisher = createPublisher(publishing);
  const prepare = async () => {
    await declareExchange(consuming);
    await publisher.prepare();
  };
  await prepare().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    ...{ lost, prepare, close, maxMessageBytes: MAX_MESSAGE_BYTES },
    publish: (message) => publisher.publish(message),
    consume: (consumption) => consumeQueue(consumption, { ...options, line: consuming }),
  };
}

import type { Channel, ConsumeMessage } from 'amqplib';

import { AppError, isAbortError, type Clock } from '../../../core/index.ts';
import type { Consumption, IncomingMessage } from '../broker/index.ts';
import { createAcknowledgements, type Acknowledgements } from './acknowledgements.ts';
import type { AmqpLine } from './amqp-line.ts';
import { closeChannel, onChannel } from './on-channel.ts';
import { bindQueue, declareQueue, queueNames, type QueueNames } from './queue.ts';

/** What a consumption runs on. */
export interface ConsumeOptions {
  readonly line: AmqpLine;
  readonly retentionMs: number;
  /** Deletes a queue that is dead, over a connection of its own: RabbitMQ ends the one over which it is asked. */
  readonly deleteQueue: (queue: string) => Promise<void>;
  readonly clock: Pick<Clock, 'sleep'>;
}

/** Between two looks at a queue that has not begun to deliver, in milliseconds. */
const LOOK_EVERY_MS = 1_000;
/** After so many looks that the server has answered, the queue is dead: one that is only slow answers nothing else quickly either. */
const DEAD_AFTER_LOOKS = 5;
/** The queue is bound again so often, in milliseconds: a binding is gone with an exchange that somebody deletes, and nobody is told. */
const BIND_EVERY_MS = 15_000;

/** Delivers a partition's messages out of its queue, on a channel of their own, until the signal fires or it cannot go on. */
export async function consumeQueue(consumption: Consumption, options: ConsumeOptions): Promise<void> {
  const { window, signal, begins } = consumption;
  const { line } = options;
  const names = queueNames(consumption);
  const { isNew } = await declareQueue(line, names, options);
  if (signal.aborted) return;
  const channel = await line.openChannel();
  const ended = new AbortController();
  const ending = AbortSignal.any([signal, ended.signal, line.lost]);
  channel.on('error', (error) => ended.abort(error));
  channel.on('close', () => ended.abort(new Error('RabbitMQ has closed the channel')));
  const acknowledgements = createAcknowledgements(channel, () => !ended.signal.aborted && !line.lost.aborted);
  try {
    await line.answered(bindQueue(channel, names));
    if (isNew) begins();
    await line.answered(channel.prefetch(window));
    const onMessage = (message: ConsumeMessage | null) => {
      if (message === null) ended.abort(queueGone(names.queue));
      else if (!ending.aborted) consumption.deliver(incoming(message, acknowledgements));
    };
    await begin(channel.consume(names.queue, onMessage), names, { ...options, ending });
    await keepBound(channel, names, { ...options, ending });
  } catch (error) {
    if (signal.aborted) return;
    throw isAbortError(error) ? ending.reason : error;
  } finally {
    acknowledgements.flush();
    ended.abort();
    await closeChannel(line, channel);
  }
}

interface EndingOptions extends ConsumeOptions {
  readonly ending: AbortSignal;
}

/** Waits until messages come. A queue that is dead answers nothing to that: it is deleted, and made anew when it is opened again. */
async function begin(
  consuming: Promise<unknown>,
  { queue }: QueueNames,
  { line, clock, deleteQueue, ending }: EndingOptions,
): Promise<void> {
  const begun = new AbortController();
  const either = AbortSignal.any([ending, begun.signal]);
  const look = async () => {
    for (let looks = 0; looks < DEAD_AFTER_LOOKS; looks += 1) {
      await clock.sleep(LOOK_EVERY_MS, either);
      await onChannel(line, (channel) => channel.checkQueue(queue));
    }
    return true;
  };
  const tooLong = look();
  try {
    const isDead = await Promise.race([tooLong, consuming.then(() => false)]);
    if (!isDead) return;
  } finally {
    begun.abort();
    for (const one of [consuming, tooLong]) one.catch(() => undefined); // the one that was not waited for
  }
  await deleteQueue(queue);
  throw queueDead(queue);
}

async function keepBound(channel: Channel, names: QueueNames, { line, clock, ending }: EndingOptions): Promise<never> {
  for (;;) {
    await clock.sleep(BIND_EVERY_MS, ending);
    await line.answered(bindQueue(channel, names));
  }
}

function incoming(message: ConsumeMessage, acknowledgements: Acknowledgements): IncomingMessage {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.properties.headers ?? {})) {
    if (typeof value === 'string') headers[name] = value;
  }
  return { headers, data: message.content.toString(), acknowledge: () => acknowledgements.acknowledge(message) };
}

function queueGone(queue: string): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'BROKER_QUEUE_GONE',
    message: `RabbitMQ delivers nothing more from the queue ${queue}: somebody has deleted it`,
  });
}

function queueDead(queue: string): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'BROKER_QUEUE_DEAD',
    message: `the queue ${queue} did not begin to deliver while RabbitMQ answered everything else, and was deleted`,
  });
}

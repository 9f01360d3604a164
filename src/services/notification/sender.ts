import type { Clock, Random } from '../../chassis/core/index.ts';
import { createTaskQueue, type InProcessWork } from '../../chassis/in-process/index.ts';
import type { BackgroundTask } from '../../chassis/lifecycle/index.ts';
import { createGroupCommit } from '../../chassis/store/index.ts';
import type { Logger } from '../../chassis/telemetry/index.ts';
import { withinTrace } from '../../chassis/tracing/index.ts';
import type { DeliveryChannels } from './channels/delivery-channel.ts';
import type { NotificationDependencies } from './dependencies.ts';
import { settle, type RetryPolicy } from './domain.ts';
import { notifications, type DueNotification, type EndedAttempt } from './notification-repository.ts';
import { tracedDelivery } from './traced-delivery.ts';

/** What the sender works with. */
export interface SenderOptions extends Pick<NotificationDependencies, 'database' | 'bells'> {
  readonly channels: DeliveryChannels;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Between two looks for what is due, in milliseconds; what this process accepts is sent at once. */
  readonly lookMs: number;
  /** A message in the hands of a sender for longer is sent by another; above the longest delivery. In milliseconds. */
  readonly leaseMs: number;
}

/** The sender: it claims what is due, and its queue holds what is on its way. */
export interface Sender extends BackgroundTask {
  readonly work: InProcessWork;
}

/** How many messages one process has in hand at a time. */
const MAX_IN_HAND = 64;
/**
 * Between two claims, and how long an ended attempt waits for others to be written down with it, in milliseconds: what comes alone
 * is taken at once, what comes in numbers goes together.
 */
const GATHER_MS = 20;

/**
 * Hands accepted messages to their channels. Replicas share the work, each skipping what another has in hand. A crash
 * between handing over and writing it down means that the message is sent again, under its name: at least once.
 */
export function sendQueued(options: SenderOptions): Sender {
  const { database, bells, channels, retry, clock, random, logger, lookMs, leaseMs } = options;
  // A message is tried again by whoever claims it then, so nothing is tried again here, and nothing waits with its lease running.
  const inHand = createTaskQueue(
    { name: 'messages in hand', maxConcurrent: MAX_IN_HAND, maxQueued: 0 },
    { clock, random },
  );

  const settling = createGroupCommit<EndedAttempt, boolean>({
    job: 'settle-attempts',
    flushers: 1,
    clock,
    gather: () => clock.sleep(GATHER_MS),
    async run(ended) {
      const settled = await notifications.settle(database, ended);
      bells.placed.ring();
      return ended.map(({ message }) => settled.has(message.id));
    },
  });

  async function send({ message, traceparent }: DueNotification): Promise<void> {
    const delivery = await tracedDelivery(message, traceparent, () => channels[message.channel].deliver(message));
    const settlement = settle(delivery, message.attempts, retry, random);
    const recorded = await settling.submit({ message, settlement });
    if (!recorded) {
      logger.warn({ notification: message.id, attempts: message.attempts }, 'another sender has taken the message');
    } else if (settlement.state !== 'SENT') {
      logger.warn({ notification: message.id, channel: message.channel, ...settlement }, 'a message was not sent');
    }
  }

  return {
    name: 'send-queued',
    work: inHand,
    async run(signal) {
      const broken: unknown[] = [];
      const take = (due: DueNotification) =>
        inHand.post(() => withinTrace(due.traceparent, () => send(due)), {
          label: `send ${due.message.channel}`,
          onDeadLetter: ({ error }) => broken.push(error),
        });
      while (!signal.aborted && broken.length === 0) {
        const { rings } = bells.queued;
        const room = inHand.places;
        const claimed = await notifications.claimDue(database, room, leaseMs);
        await Promise.all(claimed.map(take));
        if (claimed.length > 0) bells.changed.ring();
        if (claimed.length === room) await inHand.room(signal);
        else await bells.queued.after(rings, { timeoutMs: lookMs, signal });
        if (claimed.length > 0) await clock.sleep(GATHER_MS, signal);
      }
      // What could not be written down is sent again when its lease is over.
      if (broken.length > 0) throw broken[0];
    },
  };
}

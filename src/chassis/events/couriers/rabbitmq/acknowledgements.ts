import type { Channel, ConsumeMessage } from 'amqplib';

/** Tells a channel what was handled: of all that is said in one go, only the last, because that includes those before it. */
export interface Acknowledgements {
  acknowledge(message: ConsumeMessage): void;
  /** Says what was not said yet, now. */
  flush(): void;
}

/** For a channel that has not delivered yet: its deliveries count from 1. `isOpen`: something can still be said on it. */
export function createAcknowledgements(channel: Pick<Channel, 'ack'>, isOpen: () => boolean): Acknowledgements {
  const waiting = new Map<number, ConsumeMessage>();
  let reached = 0;
  let last: ConsumeMessage | undefined;
  const flush = () => {
    if (last !== undefined && isOpen()) channel.ack(last, true);
    last = undefined;
  };
  return {
    acknowledge(message) {
      waiting.set(message.fields.deliveryTag, message);
      for (let next = waiting.get(reached + 1); next !== undefined; next = waiting.get(reached + 1)) {
        reached += 1;
        waiting.delete(reached);
        if (last === undefined) queueMicrotask(flush);
        last = next;
      }
    },
    flush,
  };
}

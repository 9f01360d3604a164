import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  jetstreamManager,
  type Consumer,
  type ConsumerConfig,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';

import type { Consumption } from '../broker/index.ts';
import { isMissing } from './missing.ts';
import { natsNames } from './nats-names.ts';

/**
 * What is neither acknowledged nor said to be in progress for so long is delivered again, in milliseconds. Whoever follows a member that died waits
 * as long, where that one had its hands full: not much longer than for its claim.
 */
export const ACK_WAIT_MS = 6_000;

/** The durable pull consumer of a group for one partition, made where it is not there: then it begins with the oldest message that is kept. */
export async function openConsumer(
  connection: NatsConnection,
  { consumer, source, partition, window }: Consumption,
  { retentionMs }: { readonly retentionMs: number },
): Promise<Consumer> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const [stream, durable] = [natsNames.stream(source), natsNames.durable(consumer, source, partition)];
  const config: Partial<ConsumerConfig> = {
    durable_name: durable,
    filter_subject: natsNames.subject(source, partition),
    deliver_policy: DeliverPolicy.All,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: window,
    inactive_threshold: nanos(retentionMs), // a group that is gone for good leaves nothing behind
  };
  const info = await manager.consumers.info(stream, durable).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (info === undefined) await manager.consumers.add(stream, config);
  else if (info.config.max_ack_pending !== window || info.config.ack_wait !== config.ack_wait) {
    await manager.consumers.update(stream, durable, { max_ack_pending: window, ack_wait: nanos(ACK_WAIT_MS) });
  }
  return jetstream(connection).consumers.get(stream, durable);
}

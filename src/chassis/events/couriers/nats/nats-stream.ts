import { DiscardPolicy, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';

import { isMissing } from './missing.ts';
import { natsNames } from './nats-names.ts';

/** So long JetStream leaves out what it has by its id, in milliseconds. Consumers leave it out for ever, by position. */
const DUPLICATE_WINDOW_MS = 120_000;

/** Makes the stream of a publisher where it is not there. One that is there stays as it is: an operator may have changed it. */
export async function prepareStream(
  connection: NatsConnection,
  source: string,
  { retentionMs }: { readonly retentionMs: number },
): Promise<void> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const name = natsNames.stream(source);
  try {
    await manager.streams.info(name);
    return;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await manager.streams.add({
    name,
    subjects: [natsNames.subject(source, '*')],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(retentionMs),
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
  });
}

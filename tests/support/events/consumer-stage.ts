import { afterAll } from '@jest/globals';

import { newId } from '../../../src/chassis/core/index.ts';
import { createFeedCourier, type Courier } from '../../../src/chassis/events/index.ts';
import { consumerDatabase, runMember, type ConsumerDatabase, type RunningMember } from './event-consumer.ts';
import { startPublisher, type TestPublisher } from './event-publisher.ts';

/** A publisher, and a database of consumers that read it. */
export interface ConsumerStage {
  readonly publisher: TestPublisher;
  readonly consumers: ConsumerDatabase;
  /** A feed from the publisher. */
  courier(): Courier;
  /** Runs a member of this consumer, over the feed unless said otherwise. */
  member(name: string, more?: Partial<Parameters<typeof runMember>[0]>): RunningMember;
}

/** Sets one up for all tests of a file, and takes it down after them. */
export async function consumerStage(): Promise<ConsumerStage> {
  const publisher = await startPublisher();
  const consumers = await consumerDatabase();
  afterAll(async () => {
    await consumers[Symbol.asyncDispose]();
    await publisher[Symbol.asyncDispose]();
  });
  const courier = () => createFeedCourier({ client: () => publisher.client() });
  return {
    ...{ publisher, consumers, courier },
    member: (name, more = {}) =>
      runMember({ courier: courier(), database: consumers.database, name, member: newId(), ...more }),
  };
}

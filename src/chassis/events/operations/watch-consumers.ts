import { createEmitter, type Clock, type Events } from '../../core/index.ts';
import type { Queryable } from '../../store/index.ts';
import type { ConsumerDefinition } from '../consumer/index.ts';
import { consumerStatus, type ConsumerStatus } from './consumer-status.ts';
import type { PublisherLog } from './publisher-log.ts';

/** Looks at how consumers are doing, again and again. */
export interface ConsumerWatch {
  readonly events: Events<{ readonly measured: ConsumerStatus }>;
  /** Until the signal fires; throws where the consumers' own database is away. */
  run(signal: AbortSignal): Promise<void>;
}

/** Between two looks, in milliseconds: about as often as anybody scrapes. */
const BETWEEN_MS = 15_000;

/** For gauges: each look asks the database, and each publisher for what is left to read. */
export function createConsumerWatch(options: {
  readonly database: Queryable;
  readonly definitions: readonly ConsumerDefinition[];
  readonly publisher: (source: string) => PublisherLog;
  readonly clock: Clock;
}): ConsumerWatch {
  const { database, definitions, publisher, clock } = options;
  const events = createEmitter<{ readonly measured: ConsumerStatus }>();
  return {
    events,
    async run(signal) {
      while (!signal.aborted) {
        for (const definition of definitions) {
          const log = publisher(definition.source);
          events.emit('measured', await consumerStatus(definition, { database, publisher: log, signal }));
        }
        await clock.sleep(BETWEEN_MS, signal);
      }
    },
  };
}

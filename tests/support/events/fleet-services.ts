import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

import { text } from '../../../src/chassis/config/index.ts';
import { AppError } from '../../../src/chassis/core/index.ts';
import { defineConsumer, EVENTS_MIGRATIONS, eventType, on } from '../../../src/chassis/events/index.ts';
import { defineService } from '../../../src/chassis/lifecycle/index.ts';

/** What a fleet's events carry. */
export interface Told {
  /** Its handler fails, each time. */
  readonly bad?: boolean;
}

/** The file in FOLDER that gets a line, the event's id, for each call of a handler with a bad event. */
export const TRIES_FILE = 'tries';

const thingTold = eventType<Told>('thing.told', {
  schema: 'tests.ThingTold',
  message: { fromJSON: (json) => json as Told },
});

const NOTE = {
  name: 'note-effect',
  text: 'INSERT INTO effect (event_id, aggregate_id, sequence) VALUES ($1, $2, $3)',
};

/** A process that publishes what a test writes into its outbox. */
export const tellerService = defineService({
  name: 'teller',
  migrations: [EVENTS_MIGRATIONS],
  wire: async () => ({ grpc: [] }),
});

/** A process that hears of it: each event leaves a row, except the bad ones. */
export const listenerService = defineService({
  name: 'listener',
  configuration: { FOLDER: text('Where calls with bad events are noted.') },
  migrations: [EVENTS_MIGRATIONS, new URL('./migrations/', import.meta.url)],
  wire: async ({ config }) => ({
    grpc: [],
    consumers: [
      defineConsumer({
        name: 'listener',
        source: 'teller',
        on: [
          on(thingTold, async ({ id, aggregateId, sequence, data }, { tx }) => {
            await tx.execute(NOTE, [id, aggregateId, sequence]);
            if (data.bad !== true) return;
            appendFileSync(join(config.FOLDER, TRIES_FILE), `${id}\n`);
            throw new AppError({ status: 'INTERNAL', reason: 'POISON', message: 'this one is bad' });
          }),
        ],
      }),
    ],
  }),
});

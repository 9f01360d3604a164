import type { Events } from '../../chassis/core/index.ts';
import type { ReadModelEvents } from '../../chassis/event-store/index.ts';
import type { Logger } from '../../chassis/telemetry/index.ts';

/** Writes down what operators want to read of read models: what fails, and what was made again. */
export function logReadModels(events: Events<ReadModelEvents>, logger: Logger): void {
  events.on('switched', ({ name, generation, position }) =>
    logger.info({ readModel: name, generation, position: position.toString() }, 'read model made again'),
  );
  events.on('failed', ({ name, state, error }) =>
    logger.error({ readModel: name, state, err: error }, 'read model does not get on; it is tried again'),
  );
}

import type { Events } from '../core/index.ts';
import type { Logger } from '../telemetry/index.ts';
import type { ChoreographyEvents } from './events.ts';

/** Writes into the log what goes wrong with steps. */
export function logSteps(events: Events<ChoreographyEvents>, logger: Logger): void {
  events.on('stepFailed', ({ error, ...step }) =>
    logger.warn({ ...step, err: error }, 'a step failed; it is tried again'),
  );
  events.on('stepParked', ({ error, ...step }) =>
    logger.error({ ...step, err: error }, 'a step waits for an operator'),
  );
  events.on('stepLost', ({ error, ...step }) => logger.error({ ...step, err: error }, 'a step is to be found again'));
  events.on('stepsUnkept', ({ error, ...steps }) =>
    logger.warn({ ...steps, err: error }, 'steps under way were not kept; others may begin them too'),
  );
}

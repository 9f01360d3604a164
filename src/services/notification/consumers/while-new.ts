import type { Clock } from '../../../chassis/core/index.ts';
import type { EventHandler } from '../../../chassis/events/index.ts';

/** News that is older is not told any more, in milliseconds: a day. */
export const NEWS_MS = 24 * 60 * 60_000;

/**
 * The handler, for events that are news. A consumer that is new reads everything that its publisher still keeps, a week of it; so does one that was
 * away. Nobody wants to be written then that a parcel of last week is under way.
 */
export function whileNew<Data>(clock: Pick<Clock, 'now'>, handle: EventHandler<Data>): EventHandler<Data> {
  return async (event, context) => {
    if (clock.now() - event.time.getTime() <= NEWS_MS) await handle(event, context);
  };
}

import type { BrokerMessage } from './message.ts';

/** Where a message stands to what a consumer has: it has it, it comes next, or something before it is missing. */
export type Place = 'duplicate' | 'next' | 'gap';

/** What a message says of its partition: there is no event between `previous` and `position`, where an event's own is. */
export interface Reach {
  readonly partition: number;
  readonly previous: bigint;
  readonly position: bigint;
}

/** A marker brings no event of its own: whoever has less than it says misses all up to the partition's last one. */
export function reachOf(message: BrokerMessage): Reach {
  if (message.kind === 'marker') {
    const { partition, position, through } = message;
    return { partition, previous: position, position: through };
  }
  const { partition, position } = message.event;
  return { partition, position, previous: message.previous };
}

/** Places a message of a partition in which a consumer has everything up to `mine`. */
export function placeOf({ previous, position }: Pick<Reach, 'previous' | 'position'>, mine: bigint): Place {
  if (position <= mine) return 'duplicate';
  return previous <= mine ? 'next' : 'gap';
}

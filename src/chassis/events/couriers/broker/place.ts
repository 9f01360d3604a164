import type { BrokerMessage } from './message.ts';

/** Where a message stands to what a consumer has: it has it, it comes next, or something before it is missing. */
export type Place = 'duplicate' | 'next' | 'gap';

/** What a message says of its partition: there is an event at `position`, and none between that and `previous`. */
export interface Reach {
  readonly partition: number;
  readonly previous: bigint;
  readonly position: bigint;
}

/** A marker speaks of no event of its own: whoever has less misses all up to its position. */
export function reachOf(message: BrokerMessage): Reach {
  if (message.kind === 'marker') {
    const { partition, position } = message;
    return { partition, position, previous: position };
  }
  const { partition, position } = message.event;
  return { partition, position, previous: message.previous };
}

/** Places a message of a partition in which a consumer has everything up to `mine`. */
export function placeOf({ previous, position }: Pick<Reach, 'previous' | 'position'>, mine: bigint): Place {
  if (position <= mine) return 'duplicate';
  return previous <= mine ? 'next' : 'gap';
}

import { UserChanged, UserDeleted } from '../../../gen/tradewind/user/v1/events.ts';
import { eventType, type NewEvent } from '../../chassis/events/index.ts';
import type { Account, UserId } from './domain.ts';

const changed = { schema: 'tradewind.user.v1.UserChanged', message: UserChanged };

/** What the user process publishes. */
export const USER_EVENTS = {
  created: eventType('user.created', changed),
  updated: eventType('user.updated', changed),
  deleted: eventType('user.deleted', { schema: 'tradewind.user.v1.UserDeleted', message: UserDeleted }),
} as const;

/** An account that was made or changed, as the outbox keeps it; of its profile only what consumers cannot do without. */
export function userChanged(kind: 'created' | 'updated', { id, version, email, state }: Account): NewEvent {
  return {
    aggregateType: 'user',
    aggregateId: id,
    sequence: version,
    type: USER_EVENTS[kind].type,
    payload: { user_id: id, email, state },
  };
}

/** An account that was closed, as the outbox keeps it; `version`: the one that it was closed with. */
export function userDeleted(id: UserId, version: bigint): NewEvent {
  return {
    aggregateType: 'user',
    aggregateId: id,
    sequence: version,
    type: USER_EVENTS.deleted.type,
    payload: { user_id: id },
  };
}

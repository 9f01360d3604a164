import { UserChanged, UserDeleted } from '../../../../gen/tradewind/user/v1/events.ts';
import { eventType } from '../../../chassis/events/index.ts';

/** What notification reads of accounts, from the contract of the user process. */
export const USER_EVENTS = {
  created: eventType('user.created', { schema: 'tradewind.user.v1.UserChanged', message: UserChanged }),
  deleted: eventType('user.deleted', { schema: 'tradewind.user.v1.UserDeleted', message: UserDeleted }),
} as const;

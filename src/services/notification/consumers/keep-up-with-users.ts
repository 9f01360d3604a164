import type { UserChanged } from '../../../../gen/tradewind/user/v1/events.ts';
import type { Clock } from '../../../chassis/core/index.ts';
import { defineConsumer, on, type ConsumerDefinition } from '../../../chassis/events/index.ts';
import { parseUserId } from '../domain.ts';
import { drafts } from '../draft-repository.ts';
import { forgetUser } from '../forget-user.ts';
import { USER_EVENTS } from './user-events.ts';
import { whileNew } from './while-new.ts';

/** Welcomes who made an account, and forgets who closed it. */
export function keepUpWithUsers(clock: Pick<Clock, 'now'>): ConsumerDefinition {
  return defineConsumer({
    name: 'user-news',
    source: 'user',
    on: [
      on(
        USER_EVENTS.created,
        whileNew<UserChanged>(clock, async ({ data }, { tx }) => {
          await drafts.insert(tx, {
            ...{ userId: parseUserId(data.userId), orderId: undefined, channel: 'EMAIL' },
            template: 'account-welcome',
            parameters: {},
          });
        }),
      ),
      on(USER_EVENTS.deleted, ({ data }, { tx }) => forgetUser(tx, parseUserId(data.userId))),
    ],
  });
}

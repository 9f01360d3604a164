import type { UserServiceDefinition } from '../../../gen/tradewind/user/v1/user.ts';
import type { ChassisClient } from '../../chassis/client/index.ts';
import { AppError, type Clock } from '../../chassis/core/index.ts';
import type { BackgroundTask } from '../../chassis/lifecycle/index.ts';
import type { Logger } from '../../chassis/telemetry/index.ts';
import { acceptMessage } from './accept-message.ts';
import type { NotificationDependencies } from './dependencies.ts';
import { addressOn, findTemplate, parseNotificationId, TEMPLATES, type Addressee, type Draft } from './domain.ts';
import { drafts } from './draft-repository.ts';

/** What drafts are addressed with. */
export interface AddressingOptions extends Pick<NotificationDependencies, 'database' | 'bells' | 'newId'> {
  readonly users: Pick<ChassisClient<typeof UserServiceDefinition>, 'getUser'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between two looks for drafts, in milliseconds. */
  readonly lookMs: number;
}

/** How many users are asked about at a time. */
const BATCH = 32;
/** A draft that came to nothing is taken up again after so long, in milliseconds, doubled up to 64 times; above what a question takes. */
const LEASE_MS = 5_000;
/** The longest wait for the user process, in milliseconds. */
const TIMEOUT_MS = 3_000;

/**
 * Asks the user process whom drafts go to, outside any transaction, and makes messages of them. The address is kept with the message alone, so it
 * is the one of that moment. What is for an account that is closed, or for a channel on which it has no address, is dropped.
 */
export function addressDrafts(options: AddressingOptions): BackgroundTask {
  const { database, clock, lookMs } = options;
  return {
    name: 'address-drafts',
    async run(signal) {
      while (!signal.aborted) {
        const claimed = await drafts.claim(database, BATCH, LEASE_MS);
        const byUser = Map.groupBy(claimed, ({ userId }) => userId);
        await Promise.all([...byUser.values()].map((ofUser) => addressAll(ofUser, options, signal)));
        if (claimed.length < BATCH) await clock.sleep(lookMs, signal);
      }
    },
  };
}

async function addressAll(ofUser: readonly Draft[], options: AddressingOptions, signal: AbortSignal): Promise<void> {
  const { users, database, bells, newId, logger } = options;
  const [{ userId } = { userId: '' }] = ofUser;
  let addressee: Addressee | undefined;
  try {
    const { user } = await users.getUser({ userId }, { signal, timeoutMs: TIMEOUT_MS });
    addressee = user;
  } catch (error) {
    if (!(error instanceof AppError) || error.reason !== 'USER_NOT_FOUND') {
      if (!signal.aborted) logger.warn({ err: error, drafts: ofUser.length }, 'nobody says where messages go');
      return; // they are taken up again
    }
  }
  await database.transaction(async (tx) => {
    const taken = await drafts.take(
      tx,
      ofUser.map(({ id }) => id),
    );
    for (const draft of ofUser) {
      const recipient = addressee && addressOn(draft.channel, addressee);
      if (!taken.has(draft.id) || addressee === undefined || recipient === undefined) continue;
      const { channel, template, orderId, traceparent } = draft;
      const words = findTemplate(TEMPLATES, template, channel);
      await acceptMessage(tx, {
        ...{ id: parseNotificationId(newId()), userId: draft.userId, channel, category: words.category, template },
        ...{ recipient, orderId, traceparent, words },
        parameters: { ...draft.parameters, name: addressee.displayName },
      });
    }
  });
  bells.queued.ring();
  bells.changed.ring();
}

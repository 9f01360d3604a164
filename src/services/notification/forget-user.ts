import type { Queryable } from '../../chassis/store/index.ts';
import type { UserId } from './domain.ts';
import { statements } from './statements.ts';

/** Erases everything personal of a user whose account is closed; what was sent stays as a record without address and words. */
export async function forgetUser(tx: Queryable, userId: UserId): Promise<void> {
  await tx.execute(statements['forget-user'], [userId]);
}

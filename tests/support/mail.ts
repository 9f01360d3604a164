import { eventually } from './eventually.ts';
import { openDatabases } from './invariants/index.ts';
import type { TestSuite } from './suite.ts';

/** A message that its sender died with is taken up again when the sender's lease is over: LEASE_STEPS times the mail server's time-out. */
const LEASE_MS = 60_000;

/** Waits until every message of a saga has been sent or given up, so that the suite can be looked at. What is not by then is for the invariants to say. */
export async function untilMailIsOut(suite: TestSuite): Promise<void> {
  await using databases = openDatabases(suite.home);
  const text =
    "SELECT count(*) AS count FROM notification WHERE state IN ('QUEUED', 'SENDING') AND template IN ('order-confirmed', 'order-cancelled', 'order-lines-cancelled')";
  await eventually(
    async () => {
      const [row] = await databases.rows<{ readonly count: number }>('notification', text);
      if (row?.count !== 0) throw new Error('mail is under way');
    },
    { timeoutMs: LEASE_MS + 15_000, intervalMs: 250 },
  ).catch(() => undefined); // the invariants name what is left
}

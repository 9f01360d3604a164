import type { Backlog } from '../../../diagnostics/index.ts';
import type { Queryable } from '../../../store/index.ts';
import type { BrokerName } from './broker.ts';
import { relayStatements } from './statements.ts';

/** A relay keeps up within milliseconds; a minute is a broker that is away, or no relay. */
const WARN_AFTER_SECONDS = 60;

/** The events of a publisher's outbox that the broker has not confirmed. */
export function relayBacklog(database: Queryable, courier: BrokerName): Backlog {
  return {
    name: `events that ${courier} has not confirmed`,
    warnAfterSeconds: WARN_AFTER_SECONDS,
    advice: `See whether ${courier} is up, and read in the log of this process what interrupts the relay; nothing is lost meanwhile.`,
    async measure() {
      const statement = relayStatements()['relay-size'];
      const row = await database.one<{ events: bigint; oldest_seconds: number }>(statement, [courier]);
      return { count: Number(row?.events ?? 0n), oldestSeconds: row?.oldest_seconds };
    },
  };
}

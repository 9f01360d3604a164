import type { Backlog } from '../../diagnostics/index.ts';
import type { Queryable, Statement } from '../../store/index.ts';
import { operationStatements } from './statements.ts';

/** Of the consumers in a database: what waits for another try, and what was given up. */
export function consumerBacklogs(database: Queryable, process: string): readonly Backlog[] {
  const statements = operationStatements();
  return [
    {
      name: 'parked events',
      warnAfterSeconds: PARKED_WARN_SECONDS,
      advice: `See why with \`tradewind events parked ${process}\`; they are tried again by themselves.`,
      measure: () => measure(database, statements['parked-size']),
    },
    {
      name: 'dead letters',
      warnAfterSeconds: 0,
      advice: `See them with \`tradewind events dead-letters list ${process}\`; redrive or discard them.`,
      measure: () => measure(database, statements['dead-letters-size']),
    },
  ];
}

/** Five tries are over by then, so whatever waits longer waits for its handler. */
const PARKED_WARN_SECONDS = 120;

async function measure(database: Queryable, statement: Statement) {
  const row = await database.one<{ count: bigint; oldest_seconds: number | null }>(statement);
  return { count: Number(row?.count ?? 0n), oldestSeconds: row?.oldest_seconds ?? undefined };
}

import { loadStatements, type Statement } from './statement.ts';

const NAMES = [
  'idempotency-claim',
  'idempotency-get',
  'idempotency-answer',
  'idempotency-forget',
  'tombstone-lock',
  'tombstone-find',
  'tombstone-leave',
  'tombstone-forget',
  'database-facts',
  'draw-transaction-id',
  'oldest-transaction-id',
] as const;

/** Files of this very package, which do not change while it runs: kept so that callers need not carry them. */
let loaded: Readonly<Record<(typeof NAMES)[number], Statement>> | undefined;

/** The chassis's own statements; read at first use, because importing a file does nothing. */
export function storeStatements(): Readonly<Record<(typeof NAMES)[number], Statement>> {
  return (loaded ??= loadStatements(new URL('./sql/', import.meta.url), NAMES));
}

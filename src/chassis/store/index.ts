export { createDatabase, DATABASE_DEFAULTS, type DatabaseOptions } from './create-database.ts';
export { conflictState, DATABASE_UNAVAILABLE, isDatabaseAway, uniqueViolation } from './database-error.ts';
export { databaseFacts, type DatabaseFacts } from './database-facts.ts';
export type { Database, DatabaseEvents, PoolState, Queryable, TransactionOptions } from './database.ts';
export { assertEtag, etagOf } from './etag.ts';
export { createGroupCommit, GROUP_COMMIT_DEFAULTS, type GroupCommit, type GroupCommitOptions } from './group-commit.ts';
export {
  forgetCommands,
  idempotently,
  previousResponse,
  requestHash,
  type IdempotentCommand,
  type MessageCodec,
} from './idempotency.ts';
export { migrate, type MigrateOptions } from './migrate.ts';
export { createPageTokens, type PageCursor, type PageRequest, type PageTokens } from './page-tokens.ts';
export { PAGE_SIZE_DEFAULTS, pageSize, toPage, type Page } from './page.ts';
export { readInOrder, type OrderedLog } from './read-in-order.ts';
export { loadStatements, type Statement } from './statement.ts';
export { nameLock, refuseLateOriginal, undoOrTombstone, type Undoable, type UndoSteps } from './undo.ts';

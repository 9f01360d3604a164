export { openJournal, type Journal, type JournalOptions, type JournalPosition } from './journal.ts';
export {
  openOperationLog,
  type Operation,
  type OperationLog,
  type OperationLogOptions,
  type OperationPage,
  type UsedKey,
} from './operation-log.ts';
export { JournalCorruptError } from './replay.ts';

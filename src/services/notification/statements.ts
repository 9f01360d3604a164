import { loadStatements } from '../../chassis/store/index.ts';

/** The statements of the notification process, by file name. */
export const statements = loadStatements(new URL('./sql/', import.meta.url), [
  'insert-notification',
  'get-notification',
  'list-notifications',
  'claim-due',
  'settle-attempt',
  'lock-positions',
  'give-positions',
  'position-bounds',
  'read-changes',
  'forget-notifications',
  'raise-position-floor',
  'get-preferences',
  'open-preferences',
  'lock-preferences',
  'update-preferences',
] as const);

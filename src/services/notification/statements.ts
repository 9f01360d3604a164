import { loadStatements } from '../../chassis/store/index.ts';

/** The statements of the notification process, by file name. */
export const statements = loadStatements(new URL('./sql/', import.meta.url), [
  'accept-many',
  'insert-notification',
  'get-notification',
  'list-notifications',
  'claim-due',
  'count-waiting',
  'settle-attempts',
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

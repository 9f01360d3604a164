import { loadStatements } from '../../chassis/store/index.ts';

/** The statements of the user process, by file name. */
export const statements = loadStatements(new URL('./sql/', import.meta.url), [
  'insert-account',
  'insert-credential',
  'get-accounts',
  'lock-account',
  'lock-account-of-token',
  'get-credential',
  'update-account',
  'erase-account',
  'forget-address',
  'delete-credential',
  'list-accounts',
  'export-accounts',
  'insert-refresh-token',
  'use-refresh-token',
  'get-refresh-token',
  'revoke-family',
  'revoke-sessions',
  'prune-refresh-tokens',
  'list-signing-keys',
  'lock-signing-keys',
  'newest-signing-key',
  'insert-signing-key',
  'prune-signing-keys',
] as const);

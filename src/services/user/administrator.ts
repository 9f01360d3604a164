import type { Secret } from '../../chassis/config/index.ts';
import { AppError, newId } from '../../chassis/core/index.ts';
import type { Database } from '../../chassis/store/index.ts';
import { normalizeEmail, parseUserId } from './domain.ts';
import type { Passwords } from './passwords.ts';
import type { AccountRepository } from './repository.ts';

/**
 * Makes the operator's first administrator unless an account has the address already; that account stays as it is.
 * Safe when replicas start together.
 */
export async function ensureAdministrator(options: {
  readonly database: Database;
  readonly accounts: AccountRepository;
  readonly passwords: Passwords;
  readonly email: string;
  readonly password: Secret;
}): Promise<void> {
  const { database, accounts, passwords } = options;
  const email = normalizeEmail(options.email);
  if ((await accounts.findCredential(email)) !== undefined) return;
  const passwordHash = await passwords.hash(options.password.reveal());
  try {
    await database.transaction((tx) =>
      accounts.insert(tx, {
        id: parseUserId(newId()),
        email,
        displayName: 'Administrator',
        phone: '',
        defaultAddress: undefined,
        roles: ['customer', 'admin'],
        passwordHash,
      }),
    );
  } catch (error) {
    if (error instanceof AppError && error.reason === 'EMAIL_TAKEN') return; // another replica was first
    throw error;
  }
}

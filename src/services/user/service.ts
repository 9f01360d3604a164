import { AuthServiceDefinition, UserServiceDefinition } from '../../../gen/tradewind/user/v1/user.ts';
import { secret, text } from '../../chassis/config/index.ts';
import { throwIfAborted } from '../../chassis/core/index.ts';
import { EVENTS_MIGRATIONS } from '../../chassis/events/index.ts';
import { defineService } from '../../chassis/lifecycle/index.ts';
import { bind } from '../../chassis/server/index.ts';
import { forgetCommands } from '../../chassis/store/index.ts';
import { ensureAdministrator } from './administrator.ts';
import { createAuthHandlers } from './auth-handlers.ts';
import { createPasswords } from './passwords.ts';
import { createAccountRepository } from './repository.ts';
import { createSessions } from './sessions.ts';
import { createSigningKeys } from './signing-keys.ts';
import { createUserHandlers } from './user-handlers.ts';

const FORGET_AT_ONCE = 1_000;
const HOUSEKEEPING_MS = 10 * 60_000;
/** A registration can be repeated with the same answer for this long. */
const REMEMBER_COMMANDS_MS = 7 * 24 * 3600_000;

/** The user process: accounts, sign-in and the keys that prove it. */
export const userService = defineService({
  name: 'user',
  configuration: {
    SIGNING_KEY_SECRET: secret(
      'Encrypts the private signing keys in the database; the same in all replicas, for ever.',
    ),
    BOOTSTRAP_ADMIN_EMAIL: text('An administrator with this address is made when there is no such account.').optional(),
    BOOTSTRAP_ADMIN_PASSWORD: secret("That administrator's first password.").optional(),
  },
  migrations: [EVENTS_MIGRATIONS, new URL('./migrations/', import.meta.url)],
  async wire({ config, database, clock, random, pageTokens }) {
    const passwords = await createPasswords(config.SIGNING_KEY_SECRET);
    const accounts = createAccountRepository(database);
    const sessions = createSessions({ database, accounts, random });
    const signingKeys = createSigningKeys({ database, secret: config.SIGNING_KEY_SECRET, clock });

    await signingKeys.rotate();
    await signingKeys.jwks(); // a secret that is not the one of these keys ends the start, not the first sign-in
    const email = config.BOOTSTRAP_ADMIN_EMAIL;
    const password = config.BOOTSTRAP_ADMIN_PASSWORD;
    if (email !== undefined && password !== undefined) {
      await ensureAdministrator({ database, accounts, passwords, email, password });
    }

    return {
      grpc: [
        bind(UserServiceDefinition, createUserHandlers({ database, accounts, sessions, passwords, pageTokens })),
        bind(AuthServiceDefinition, createAuthHandlers({ accounts, sessions, passwords, signingKeys })),
      ],
      inProcess: [passwords.work],
      background: [
        {
          name: 'housekeeping',
          async run(signal) {
            for (;;) {
              await clock.sleep(HOUSEKEEPING_MS, signal);
              await signingKeys.rotate();
              await signingKeys.jwks(); // a secret that is not the one of these keys ends the start, not the first sign-in
              await sessions.prune();
              const before = new Date(clock.now() - REMEMBER_COMMANDS_MS);
              while ((await forgetCommands(database, { before, limit: FORGET_AT_ONCE })) >= FORGET_AT_ONCE) {
                throwIfAborted(signal);
              }
            }
          },
        },
      ],
    };
  },
});

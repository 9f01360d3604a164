import type { AuthServiceImplementation, Tokens } from '../../../gen/tradewind/user/v1/user.ts';
import { toUser } from './convert.ts';
import { assertActive, invalidCredentials, normalizeEmail } from './domain.ts';
import type { Passwords } from './passwords.ts';
import type { AccountRepository } from './repository.ts';
import type { Continued, Sessions } from './sessions.ts';
import type { SigningKeys } from './signing-keys.ts';

/** What the handlers of AuthService work with. */
export interface AuthHandlerDependencies {
  readonly accounts: AccountRepository;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly signingKeys: SigningKeys;
}

/** AuthService: sign-in, rotation of refresh tokens, and the public keys. */
export function createAuthHandlers(dependencies: AuthHandlerDependencies): AuthServiceImplementation {
  const { accounts, sessions, passwords, signingKeys } = dependencies;

  async function toTokens({ account, refresh }: Continued): Promise<Tokens> {
    const access = await signingKeys.sign(account);
    return {
      accessToken: access.token,
      accessExpireTime: access.expireTime,
      refreshToken: refresh.token,
      refreshExpireTime: refresh.expireTime,
    };
  }

  return {
    async signIn(request) {
      const found = await accounts.findCredential(normalizeEmail(request.email));
      const matches = await passwords.verify(request.password, found?.passwordHash);
      if (found === undefined || !matches) throw invalidCredentials();
      assertActive(found.account);
      const session = await sessions.start(found.account.id);
      if (session === undefined) throw invalidCredentials(); // closed while the password was checked
      return { tokens: await toTokens(session), user: toUser(session.account) };
    },

    async refreshToken(request) {
      return { tokens: await toTokens(await sessions.refresh(request.refreshToken)) };
    },

    async signOut(request) {
      await sessions.end(request.refreshToken);
      return {};
    },

    async getJwks() {
      return { jwksJson: JSON.stringify(await signingKeys.jwks()) };
    },
  };
}

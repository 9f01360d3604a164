import { Writable } from 'node:stream';

import { AuthServiceDefinition, UserServiceDefinition, type User } from '../../../gen/tradewind/user/v1/user.ts';
import { authentication } from '../../../src/authentication.ts';
import { createClientFactory } from '../../../src/chassis/client/index.ts';
import { AppError } from '../../../src/chassis/core/index.ts';
import { startService } from '../../../src/chassis/lifecycle/index.ts';
import { createDatabase } from '../../../src/chassis/store/index.ts';
import { createEmbeddedEtcd } from '../../../src/embedded/etcd/index.ts';
import { userService } from '../../../src/services/user/service.ts';
import { testDatabaseUrl } from '../../support/postgres.ts';

/** What every account of these tests signs in with. */
export const PASSWORD = 'correct horse battery';

/** The operator's administrator. */
export const ADMINISTRATOR = { email: 'root@example.com', password: 'the operator chose this' } as const;

/** The user process with its real parts, and its callers. */
export type UserProcess = Awaited<ReturnType<typeof startUserProcess>>;

/** Starts replicas of the user process on one real database, found through an embedded etcd; calls are not retried. */
export async function startUserProcess({ replicas = 1, environment = {} as Record<string, string> } = {}) {
  const etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
  const url = await testDatabaseUrl();
  const log: string[] = [];
  const logTo = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk));
      done();
    },
  });
  const shared = {
    ETCD_ENDPOINTS: `http://${etcd.address}`,
    PAGE_TOKEN_SECRET: 'component-test',
    SHUTDOWN_GRACE_MS: '0',
    LOG_LEVEL: 'trace',
  };
  const own = {
    DATABASE_URL: url.reveal(),
    SIGNING_KEY_SECRET: 'a secret of the test, forty characters long',
    BOOTSTRAP_ADMIN_EMAIL: ADMINISTRATOR.email,
    BOOTSTRAP_ADMIN_PASSWORD: ADMINISTRATOR.password,
    ...environment,
  };
  const start = (more: Record<string, string> = {}) =>
    startService(userService, { ...shared, ...own, ...more }, { authentication, logTo });
  const running = await Promise.all(Array.from({ length: replicas }, () => start()));
  const clients = createClientFactory({
    from: 'test',
    retry: { maxAttempts: 1 },
    deadline: { defaultTimeoutMs: 20_000 },
  });
  const target = `static:///${running.map(({ grpc }) => grpc).join(',')}`;
  const users = clients.client(UserServiceDefinition, target);
  const auth = clients.client(AuthServiceDefinition, target);
  const database = createDatabase({ url, applicationName: 'test', maxConnections: 4 });
  let made = 0;

  /** Registers an account with an address of its own. */
  async function register(given: { readonly displayName?: string } = {}): Promise<User> {
    made += 1;
    const email = `user-${made}@example.com`;
    return accountOf(await users.createUser({ email, password: PASSWORD, displayName: 'Ada', ...given }));
  }

  /** A session of the account. */
  async function signIn(email: string, password = PASSWORD) {
    const { tokens } = await auth.signIn({ email, password });
    if (tokens === undefined) throw new Error('no tokens came back');
    return tokens;
  }

  return {
    users,
    auth,
    database,
    log,
    running,
    /** The base environment, for a gateway beside it. */
    shared,
    start,
    register,
    signIn,
    /** An account with call options that carry its token. */
    async signedIn() {
      const user = await register();
      return { user, as: { token: (await signIn(user.email)).accessToken } };
    },
    async administrator() {
      return { token: (await signIn(ADMINISTRATOR.email, ADMINISTRATOR.password)).accessToken };
    },
    async close() {
      await clients.close();
      await Promise.all(running.map((service) => service.stop()));
      await database.close();
      await etcd.close();
    },
  };
}

/** The account in a response. */
export function accountOf({ user }: { readonly user: User | undefined }): User {
  if (user === undefined) throw new Error('no account came back');
  return user;
}

/** The error a call ends with; a call that succeeds is a failed test. */
export async function failure(call: Promise<unknown>): Promise<AppError> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof AppError) return outcome;
  throw new Error(`expected an AppError, got ${outcome === undefined ? 'an answer' : String(outcome)}`);
}

/** The fields that a failure says are wrong. */
export function violatedFields(error: AppError): readonly string[] {
  return error.details.flatMap((detail) =>
    detail.kind === 'badRequest' ? detail.violations.map(({ field }) => field) : [],
  );
}

/**
 * The whole of an app that imports the packed client, as its author would write it: the test installs, type-checks,
 * compiles and runs it in a folder of its own. It prints what it saw as one line of JSON and must end by itself.
 */
export const CLIENT_APP = `
import { createRequire } from 'node:module';

import { createTradewind, isReason, pages, resumable, TradewindError, type Discovery, type TradewindReason } from 'tradewind/client';
import { UserState, type User } from 'tradewind/gen/tradewind/user/v1/user';
import { ErrorReason } from 'tradewind/gen/tradewind/user/v1/user.js';

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(name + ' is not set');
  return value;
}

async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(() => 'succeeded', (error: unknown) => error);
}

/** What of an error is plain data. */
function facts(error: unknown) {
  if (!(error instanceof TradewindError)) return { notOurs: String(error) };
  const fields = error.details.flatMap((d) => (d.kind === 'badRequest' ? d.violations.map((v) => v.field) : []));
  return { status: error.status, reason: error.reason, domain: error.domain, fields };
}

async function visit(discovery: Discovery, prefix: string) {
  await using tradewind = await createTradewind(discovery, {
    name: 'client-app',
    token: async () => {
      const credentials = { email: setting('ADMIN_EMAIL'), password: setting('ADMIN_PASSWORD') };
      const { tokens } = await tradewind.auth.signIn(credentials);
      return tokens?.accessToken ?? '';
    },
  });
  const { users } = tradewind;

  const created: string[] = [];
  for (let n = 0; n < 5; n++) {
    const { user } = await users.createUser({
      requestId: crypto.randomUUID(),
      email: prefix + n + '@client-app.example',
      password: 'long enough for anybody',
      displayName: prefix + n,
    });
    if (user !== undefined) created.push(user.id);
  }

  const paged: User[][] = [];
  for await (const page of pages(users.listUsers, { pageSize: 2, query: '@client-app.example', state: UserState.USER_STATE_ACTIVE })) {
    paged.push(page.users.filter((user) => user.email.startsWith(prefix)));
  }

  const exported: string[] = [];
  for await (const { user } of users.exportUsers({})) if (user?.email.startsWith(prefix)) exported.push(user.id);

  const opened: (string | undefined)[] = [];
  const resumedIds: string[] = [];
  let broken = false;
  const breaking: typeof users.exportUsers = async function* (request, options) {
    opened.push(request.afterUserId);
    for await (const element of users.exportUsers(request, options)) {
      yield element;
      if (broken) continue;
      broken = true;
      throw new TradewindError({ status: 'UNAVAILABLE', reason: 'SERVER_DRAINING', message: 'gone' });
    }
  };
  const stream = resumable(breaking, {
    request: { afterUserId: created[0] ?? '' },
    position: ({ user }) => user?.id,
    resume: (request, afterUserId) => ({ ...request, afterUserId }),
  });
  for await (const { user } of stream) if (user?.email.startsWith(prefix)) resumedIds.push(user.id);

  const unknown = await failure(users.getUser({ userId: '0190c0de-0000-7000-8000-000000000000' }));
  // Narrowing: inside, the reason is one literal; other literals do not compile.
  if (isReason(unknown, 'USER_NOT_FOUND', 'user')) {
    const reason: 'USER_NOT_FOUND' = unknown.reason;
    const domain: 'user.tradewind' = unknown.domain;
    void [reason, domain];
  }
  // @ts-expect-error no contract has this reason
  isReason(unknown, 'NO_SUCH_REASON');
  // @ts-expect-error it is a reason of the product contract, not of the user contract
  isReason(unknown, 'OUT_OF_STOCK', 'user');
  // @ts-expect-error the field is a string
  void (() => users.getUser({ userId: 1 }));
  const known: TradewindReason = 'PAYMENT_DECLINED';
  void [known, ErrorReason.ERROR_REASON_EMAIL_TAKEN];

  const early = new AbortController();
  early.abort();
  return {
    created,
    pageSizes: paged.map((page) => page.length),
    paged: paged.flat().map((user) => user.id),
    exported,
    opened,
    resumedIds,
    unknown: { ...facts(unknown), isReason: [isReason(unknown, 'USER_NOT_FOUND', 'user'), isReason(unknown, 'USER_NOT_FOUND', 'order'), isReason(unknown, 'EMAIL_TAKEN')] },
    invalid: facts(await failure(users.createUser({ email: 'nobody', displayName: '', password: 'short' }))),
    refused: facts(await failure(tradewind.auth.signIn({ email: setting('ADMIN_EMAIL'), password: 'wrong' }))),
    badToken: facts(await failure(users.getUser({ userId: created[0] ?? '' }, { token: 'nonsense' }))),
    noToken: facts(await failure(users.getUser({ userId: created[0] ?? '' }, { token: () => Promise.reject(new Error('signed out')) }))),
    aborted: facts(await failure(users.listUsers({}, { signal: early.signal }))),
    absent: discovery.addresses === undefined
      ? facts(await failure(tradewind.loyalty.getBalance({ userId: created[0] ?? '' }, { timeoutMs: 300 })))
      : await failure(Promise.resolve().then(() => tradewind.loyalty)).then(String),
  };
}

const loaded = (name: string) => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('/node_modules/' + name + '/'));
const addresses = { user: [setting('USER_ADDRESS')] };
const byAddress = await visit({ addresses }, 'static');
const etcdAfterStatic = loaded('etcd3');
const byEtcd = await visit({ etcd: setting('ETCD') }, 'found');
const closed = await createTradewind({ addresses });
const { users } = closed;
await closed.close();
await closed.close();
console.log(JSON.stringify({
  node: process.versions.node,
  byAddress,
  byEtcd,
  loaded: { etcdAfterStatic, etcdAfterEtcd: loaded('etcd3') },
  closed: facts(await failure(users.listUsers({}))),
  malformed: String(await failure(createTradewind({ addresses: { user: 'nowhere' } }))),
  misspelled: String(await failure(createTradewind({ addresses: { usr: 'h:1' } as Record<never, string> }))),
}));
`;

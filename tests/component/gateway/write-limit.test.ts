import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { eventually } from '../../support/eventually.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';
import { PASSWORD } from '../user/user-process.ts';
import { reasonOf, startGateway, type Gateway } from './gateway-process.ts';

const LIMIT = 3;
const WINDOW_MS = 600_000;
const BOUNDS = { GATEWAY_WRITE_LIMIT: String(LIMIT), GATEWAY_WRITE_WINDOW_MS: String(WINDOW_MS) };

/** Sign-ins with a wrong password: writes that need no token, refused by the user process if they get there. */
const signIn = (gateway: Gateway, token?: string) =>
  gateway.call('POST', '/v1/auth:signIn', {
    body: { email: 'nobody@example.com', password: PASSWORD },
    ...(token !== undefined && { token }),
  });
const statuses = async (count: number, call: () => Promise<{ readonly status: number }>) => {
  const seen = [];
  for (let n = 0; n < count; n++) seen.push((await call()).status);
  return seen;
};

describe('the limit on writes at the gateway', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ environment: BOUNDS });
  });
  afterAll(() => gateway.close());

  it('answers 429 with Retry-After and a google.rpc.Status that says whose limit and how long', async () => {
    expect(await statuses(LIMIT, () => signIn(gateway))).toEqual([401, 401, 401]);
    const refusal = await signIn(gateway);
    expect([refusal.status, refusal.body.code, reasonOf(refusal)]).toEqual([429, 8, 'RATE_LIMITED']);
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(300);
    const [, quota, retry] = refusal.body.details;
    expect(quota).toMatchObject({
      '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
      violations: [{ subject: 'writes of peer/127.0.0.1' }],
    });
    expect(retry).toMatchObject({ '@type': 'type.googleapis.com/google.rpc.RetryInfo' });
    expect(await (await fetch(`${gateway.admin}/metrics`)).text()).toMatch(
      /^tradewind_policy_rejections_total\{guard="write limit",reason="RATE_LIMITED".*\} 1$/m,
    );
  });

  it('counts each user apart, and no reads', async () => {
    const users = [await gateway.user.signedIn(), await gateway.user.signedIn()];
    for (const { user, as } of users) {
      expect(await statuses(LIMIT + 1, () => signIn(gateway, as.token))).toEqual([401, 401, 401, 429]);
      const read = () => gateway.call('GET', `/v1/users/${user.id}`, { token: as.token });
      expect(await statuses(LIMIT + 1, read)).toEqual([200, 200, 200, 200]);
    }
  });
});

describe('the limit on writes, counted by two gateways together', () => {
  let first: Gateway;
  let second: Gateway;
  let limits: TestDatabase;
  beforeAll(async () => {
    limits = await testDatabase();
    const environment = { ...BOUNDS, GATEWAY_LIMITS_DATABASE_URL: limits.url.reveal() };
    first = await startGateway({ environment });
    second = await startGateway({ environment });
  });
  afterAll(async () => {
    await first.close();
    await second.close();
    await limits.close();
  });

  /** The first writes may come before the table is there, and then a gateway counts for itself. */
  async function untilShared(gateway: Gateway): Promise<void> {
    await eventually(async () => {
      const { user, as } = await gateway.user.signedIn();
      await signIn(gateway, as.token);
      const key = `writes:user/${user.id}`;
      const counted = { name: 'counted', text: 'SELECT points FROM rate_limit WHERE key = $1' };
      expect(await limits.database.rows(counted, [key])).toEqual([{ points: 1 }]);
    });
  }

  it('holds for both', async () => {
    await untilShared(first);
    await untilShared(second);
    expect(await statuses(LIMIT - 1, () => signIn(first))).toEqual([401, 401]);
    expect(await statuses(2, () => signIn(second))).toEqual([401, 429]);
    expect(await statuses(1, () => signIn(first))).toEqual([429]);
  });
});

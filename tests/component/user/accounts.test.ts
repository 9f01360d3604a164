import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { Role, UserState } from '../../../gen/tradewind/user/v1/user.ts';
import { PASSWORD, accountOf, failure, startUserProcess, violatedFields, type UserProcess } from './user-process.ts';

const NOWHERE = '0190a0a0-0000-7000-8000-000000000000';
const ADDRESS = {
  recipient: 'Ada Lovelace',
  lines: ['St James’s Square 12'],
  city: 'London',
  postalCode: 'SW1Y 4JH',
  region: '',
  countryCode: 'GB',
};

let user: UserProcess;
beforeAll(async () => {
  user = await startUserProcess({ replicas: 2 });
});
afterAll(async () => user.close());

describe('CreateUser', () => {
  it('registers a customer, its address in lower case', async () => {
    const account = accountOf(
      await user.users.createUser({
        email: 'Ada.Lovelace@Example.COM',
        password: PASSWORD,
        displayName: 'Ada',
        phone: '+4930123456',
        defaultAddress: ADDRESS,
      }),
    );
    expect(account).toMatchObject({
      email: 'ada.lovelace@example.com',
      displayName: 'Ada',
      phone: '+4930123456',
      defaultAddress: ADDRESS,
      roles: [Role.ROLE_CUSTOMER],
      state: UserState.USER_STATE_ACTIVE,
      etag: 'v1',
    });
    expect(account.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(accountOf(await user.users.getUser({ userId: account.id }))).toEqual(account);
  });

  it('refuses an address that another account has, however it is written', async () => {
    const first = await user.register();
    const again = { email: first.email.toUpperCase(), password: PASSWORD, displayName: 'Eve' };
    expect(await failure(user.users.createUser(again))).toMatchObject({
      status: 'ALREADY_EXISTS',
      reason: 'EMAIL_TAKEN',
      domain: 'user.tradewind',
    });
  });

  it('gives an address to exactly one of twenty who ask at once', async () => {
    const racer = (n: number) => ({ email: 'race@example.com', password: PASSWORD, displayName: `Racer ${n}` });
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => user.users.createUser(racer(n))));
    const winners = results.filter(({ status }) => status === 'fulfilled');
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.reason] : []));
    expect(winners).toHaveLength(1);
    expect(new Set(reasons)).toEqual(new Set(['EMAIL_TAKEN']));
  });

  it('answers twenty calls with one request_id with one account, and refuses another body under it', async () => {
    const requestId = crypto.randomUUID();
    const request = { requestId, email: 'once@example.com', password: PASSWORD, displayName: 'Once' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => user.users.createUser(request)));
    expect(new Set(answers.map((answer) => accountOf(answer).id)).size).toBe(1);

    for (const changed of [{ displayName: 'Twice' }, { password: 'another password' }]) {
      const error = await failure(user.users.createUser({ ...request, ...changed }));
      expect(error).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'REQUEST_ID_REUSED' });
      expect(violatedFields(error)).toEqual(['request_id']);
    }
  });

  it('keeps no password, not even in the record of the request or the log', async () => {
    const password = 'a password seen nowhere else';
    const requestId = crypto.randomUUID();
    await user.users.createUser({ requestId, email: 'secret@example.com', password, displayName: 'S' });
    const dump = { name: 'dump', text: `SELECT row_to_json(c)::text AS text FROM credential c` };
    const records = { name: 'records', text: `SELECT row_to_json(r)::text AS text FROM idempotency_record r` };
    const hex = Buffer.from(password).toString('hex');
    for (const statement of [dump, records]) {
      const text = (await user.database.rows<{ text: string }>(statement)).map((row) => row.text).join('\n');
      expect(text).not.toContain(password);
      expect(text).not.toContain(hex);
    }
    expect(user.log.join('')).not.toContain(password);
  });

  it.each([
    ['no address', { email: '' }, 'email'],
    ['what is no address', { email: 'nobody' }, 'email'],
    ['an address that is too long', { email: `${'a'.repeat(250)}@example.com` }, 'email'],
    ['a short password', { password: 'short' }, 'password'],
    ['a password that is too long', { password: 'x'.repeat(201) }, 'password'],
    ['no name', { displayName: '' }, 'display_name'],
    ['what is no phone number', { phone: '030 123456' }, 'phone'],
    ['what is no request id', { requestId: 'again' }, 'request_id'],
    ['an address without a city', { defaultAddress: { ...ADDRESS, city: '' } }, 'default_address.city'],
  ])('refuses %s and names the field', async (_what, wrong, field) => {
    const request = { email: 'valid@example.com', password: PASSWORD, displayName: 'Valid', ...wrong };
    const error = await failure(user.users.createUser(request));
    expect(error).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'VALIDATION_FAILED' });
    expect(violatedFields(error)).toEqual([field]);
  });

  it('refuses text that the database cannot hold', async () => {
    const request = { email: 'nul@example.com', password: PASSWORD, displayName: 'a\u0000b' };
    expect(violatedFields(await failure(user.users.createUser(request)))).toEqual(['display_name']);
    const inJson = { ...request, displayName: 'a', defaultAddress: { ...ADDRESS, city: 'a\u0000b' } };
    expect(violatedFields(await failure(user.users.createUser(inJson)))).toEqual(['default_address.city']);
    expect(violatedFields(await failure(user.users.listUsers({ query: '\u0000' })))).toEqual(['query']);
  });
});

describe('GetUser', () => {
  it('shows customers their own account only, administrators every one', async () => {
    const { user: mine, as } = await user.signedIn();
    const other = await user.register();
    expect(accountOf(await user.users.getUser({ userId: mine.id }, as))).toEqual(mine);
    expect(await failure(user.users.getUser({ userId: other.id }, as))).toMatchObject({
      status: 'PERMISSION_DENIED',
      reason: 'ACCESS_DENIED',
      domain: 'tradewind',
    });
    const asAdministrator = await user.administrator();
    expect(accountOf(await user.users.getUser({ userId: other.id }, asAdministrator))).toEqual(other);
  });

  it('does not tell customers which ids exist', async () => {
    const { as } = await user.signedIn();
    expect(await failure(user.users.getUser({ userId: NOWHERE }, as))).toMatchObject({ reason: 'ACCESS_DENIED' });
  });

  it('says NOT_FOUND of an unknown id, and what an id is', async () => {
    expect(await failure(user.users.getUser({ userId: NOWHERE }))).toMatchObject({
      status: 'NOT_FOUND',
      reason: 'USER_NOT_FOUND',
      metadata: { user_id: NOWHERE },
      details: [{ kind: 'resourceInfo', resourceName: NOWHERE }],
    });
    expect(violatedFields(await failure(user.users.getUser({ userId: '42' })))).toEqual(['user_id']);
  });
});

describe('UpdateUser', () => {
  it('changes the fields of the mask only, and the etag', async () => {
    const before = await user.register();
    const changes = { id: before.id, displayName: 'Countess', phone: '+4930999999' };
    const after = accountOf(await user.users.updateUser({ user: changes, updateMask: ['display_name'] }));
    expect(after).toMatchObject({ displayName: 'Countess', phone: before.phone });
    expect(after.etag).not.toBe(before.etag);
    expect(after.updateTime?.getTime()).toBeGreaterThanOrEqual(before.updateTime?.getTime() ?? 0);
  });

  it('changes every field that is set when there is no mask, and empties one that the mask names', async () => {
    const { id } = await user.register();
    const set = await user.users.updateUser({ user: { id, phone: '+4930111111', defaultAddress: ADDRESS } });
    expect(accountOf(set)).toMatchObject({ displayName: 'Ada', phone: '+4930111111', defaultAddress: ADDRESS });
    const mask = ['phone', 'default_address'];
    const emptied = accountOf(await user.users.updateUser({ user: { id }, updateMask: mask }));
    expect([emptied.phone, emptied.defaultAddress]).toEqual(['', undefined]);
  });

  it.each([
    ['an output-only field', ['roles'], 'UNKNOWN_FIELD_PATH'],
    ['the address that is the account', ['email'], 'UNKNOWN_FIELD_PATH'],
    ['what is no field', ['display_name', 'nope'], 'UNKNOWN_FIELD_PATH'],
    ['an empty name', ['display_name'], 'VALIDATION_FAILED'],
    ['an unspecified state', ['state'], 'VALIDATION_FAILED'],
  ])('refuses %s', async (_what, updateMask, reason) => {
    const { id } = await user.register();
    const error = await failure(user.users.updateUser({ user: { id }, updateMask }));
    expect(error).toMatchObject({ status: 'INVALID_ARGUMENT', reason });
  });

  it('refuses no account, no id, and a state that does not exist', async () => {
    expect(violatedFields(await failure(user.users.updateUser({})))).toEqual(['user']);
    expect(violatedFields(await failure(user.users.updateUser({ user: { phone: '' } })))).toEqual(['user.id']);
    const wrongState = { user: { id: NOWHERE, state: 9 as UserState } };
    expect(violatedFields(await failure(user.users.updateUser(wrongState)))).toEqual(['user.state']);
  });

  it('lets one of many writers with the same etag win', async () => {
    const { id, etag } = await user.register();
    const write = (n: number) => user.users.updateUser({ user: { id, etag, displayName: `Writer ${n}` } });
    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => write(n)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const error = await failure(write(11));
    expect(error).toMatchObject({ status: 'ABORTED', reason: 'ETAG_MISMATCH' });
  });

  it('lets customers change their own profile, and administrators the state', async () => {
    const { user: mine, as } = await user.signedIn();
    const other = await user.register();
    const suspended = UserState.USER_STATE_SUSPENDED;
    await user.users.updateUser({ user: { id: mine.id, displayName: 'Me' } }, as);
    for (const change of [
      { id: other.id, displayName: 'Mine' },
      { id: mine.id, state: suspended },
    ]) {
      const denied = { status: 'PERMISSION_DENIED', reason: 'ACCESS_DENIED' };
      expect(await failure(user.users.updateUser({ user: change }, as))).toMatchObject(denied);
    }
    const byAdministrator = await user.users.updateUser(
      { user: { id: mine.id, state: suspended } },
      await user.administrator(),
    );
    expect(accountOf(byAdministrator).state).toBe(suspended);
  });
});

describe('DeleteUser', () => {
  it('erases the profile, ends the sessions, frees the address and is OK again', async () => {
    const { user: mine, as } = await user.signedIn();
    const { refreshToken } = await user.signIn(mine.email);
    await user.users.deleteUser({ userId: mine.id }, as);
    await user.users.deleteUser({ userId: mine.id, etag: 'v1' }, as);

    expect(await failure(user.users.getUser({ userId: mine.id }))).toMatchObject({ reason: 'USER_NOT_FOUND' });
    expect(await failure(user.auth.refreshToken({ refreshToken }))).toMatchObject({ reason: 'REFRESH_TOKEN_INVALID' });
    expect(await failure(user.signIn(mine.email))).toMatchObject({ reason: 'INVALID_CREDENTIALS' });
    const [row] = await user.database.rows<{ text: string }>(
      { name: 'row', text: 'SELECT row_to_json(a)::text AS text FROM account a WHERE id = $1' },
      [mine.id],
    );
    expect(row?.text).not.toContain('Ada');
    expect(row?.text).not.toContain('@');
    const again = { email: mine.email, password: PASSWORD, displayName: 'Next' };
    expect(accountOf(await user.users.createUser(again)).id).not.toBe(mine.id);
  });

  it('holds an etag, knows no unknown id, and refuses other customers', async () => {
    const { as } = await user.signedIn();
    const { id } = await user.register();
    expect(await failure(user.users.deleteUser({ userId: id, etag: 'v7' }))).toMatchObject({ reason: 'ETAG_MISMATCH' });
    expect(await failure(user.users.deleteUser({ userId: NOWHERE }))).toMatchObject({ reason: 'USER_NOT_FOUND' });
    expect(await failure(user.users.deleteUser({ userId: id }, as))).toMatchObject({ reason: 'ACCESS_DENIED' });
    expect(await failure(user.users.updateUser({ user: { id: NOWHERE } }))).toMatchObject({ reason: 'USER_NOT_FOUND' });
  });
});

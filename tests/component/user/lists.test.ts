import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { UserState, type User } from '../../../gen/tradewind/user/v1/user.ts';
import { ADMINISTRATOR, failure, startUserProcess, violatedFields, type UserProcess } from './user-process.ts';

let user: UserProcess;
beforeAll(async () => {
  user = await startUserProcess();
  for (let n = 0; n < 12; n += 1) await user.register({ displayName: n % 3 === 0 ? '100%_sure' : `Name ${n}` });
});
afterAll(async () => user.close());

interface Query {
  readonly pageSize?: number;
  readonly query?: string;
  readonly state?: UserState;
}

/** Every page, to the last. */
async function pages(query: Query): Promise<User[][]> {
  const all: User[][] = [];
  let pageToken = '';
  do {
    const page = await user.users.listUsers({ ...query, pageToken });
    all.push(page.users);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return all;
}

async function exported(afterUserId = ''): Promise<User[]> {
  const all: User[] = [];
  for await (const { user: account } of user.users.exportUsers({ afterUserId })) if (account) all.push(account);
  return all;
}

describe('ListUsers', () => {
  it('shows every account once, newest first, page by page', async () => {
    const listed = await pages({ pageSize: 5 });
    expect(listed.map((page) => page.length)).toEqual([5, 5, 3]); // with the operator's administrator
    const ids = listed.flat().map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort().reverse());
    expect(listed.flat().at(-1)?.email).toBe(ADMINISTRATOR.email);
  });

  it('passes over nothing and repeats nothing when accounts are made between the pages', async () => {
    const first = await user.users.listUsers({ pageSize: 4 });
    const fresh = await user.register();
    const second = await user.users.listUsers({ pageSize: 4, pageToken: first.nextPageToken });
    const ids = [...first.users, ...second.users].map(({ id }) => id);
    expect(new Set(ids).size).toBe(8);
    expect(ids).not.toContain(fresh.id);
  });

  it('finds part of an address or a name whatever its case, and takes % and _ as they are', async () => {
    expect((await pages({ query: 'NAME 1' })).flat().map(({ displayName }) => displayName)).toEqual([
      'Name 11',
      'Name 10',
      'Name 1',
    ]);
    expect((await pages({ query: 'root@' })).flat()).toHaveLength(1);
    expect((await pages({ query: '%_' })).flat()).toHaveLength(4);
    expect((await pages({ query: '\\' })).flat()).toHaveLength(0);
  });

  it('filters by state', async () => {
    const { id } = await user.register();
    const state = UserState.USER_STATE_SUSPENDED;
    await user.users.updateUser({ user: { id, state } });
    expect((await pages({ state })).flat().map((account) => account.id)).toEqual([id]);
  });

  it('takes more than the maximum for the maximum', async () => {
    await expect(user.users.listUsers({ pageSize: 1_000_000 })).resolves.toMatchObject({ nextPageToken: '' });
  });

  it.each([
    ['a negative page size', { pageSize: -1 }, 'page_size'],
    ['a state that does not exist', { state: 7 as UserState }, 'state'],
    ['a page token that was made up', { pageToken: 'made-up' }, 'page_token'],
    ['a query without end', { query: 'x'.repeat(101) }, 'query'],
  ])('refuses %s', async (_what, request, field) => {
    const error = await failure(user.users.listUsers(request));
    expect([error.status, violatedFields(error)]).toEqual(['INVALID_ARGUMENT', [field]]);
  });

  it('refuses the token of another query', async () => {
    const { nextPageToken: pageToken } = await user.users.listUsers({ pageSize: 1 });
    const error = await failure(user.users.listUsers({ pageSize: 1, pageToken, query: 'Name' }));
    expect(error).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'PAGE_TOKEN_INVALID' });
  });
});

describe('ExportUsers', () => {
  it('streams every account, oldest first, and goes on after the last one received', async () => {
    const all = await exported();
    const ids = all.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(all[0]?.email).toBe(ADMINISTRATOR.email);
    expect((await exported(ids[4])).map(({ id }) => id)).toEqual(ids.slice(5));
    expect(await exported(ids.at(-1))).toEqual([]);
  });

  it('streams more than one batch, and stops when its caller leaves', async () => {
    const text = `INSERT INTO account (id, email, display_name, phone, roles, state)
      SELECT gen_random_uuid(), n || '@many.example.com', '', '', '{customer}', 'ACTIVE' FROM generate_series(1, 1200) n`;
    await user.database.execute({ name: 'many', text });
    const emails = new Set((await exported()).map(({ email }) => email));
    expect([...emails].filter((email) => email.endsWith('@many.example.com'))).toHaveLength(1_200);

    for await (const { user: account } of user.users.exportUsers({})) {
      expect(account).toBeDefined();
      break;
    }
    await expect(user.users.listUsers({ pageSize: 1 })).resolves.toBeDefined();
  });

  it('refuses what is no id', async () => {
    const stream = user.users.exportUsers({ afterUserId: 'the last one' });
    const error = await failure(stream[Symbol.asyncIterator]().next());
    expect(violatedFields(error)).toEqual(['after_user_id']);
  });
});

describe('what is for administrators', () => {
  it('is refused to customers at the service itself', async () => {
    const { as } = await user.signedIn();
    const denied = { status: 'PERMISSION_DENIED', reason: 'ACCESS_DENIED', domain: 'tradewind' };
    expect(await failure(user.users.listUsers({}, as))).toMatchObject(denied);
    const stream = user.users.exportUsers({}, as);
    expect(await failure(stream[Symbol.asyncIterator]().next())).toMatchObject(denied);

    const asAdministrator = await user.administrator();
    await expect(user.users.listUsers({}, asAdministrator)).resolves.toBeDefined();
  });
});

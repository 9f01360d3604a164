import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { miscounted, toldOf, untold } from '../../support/told.ts';
import { PASSWORD, startUserProcess, type UserProcess } from './user-process.ts';

let process: UserProcess;
beforeAll(async () => {
  process = await startUserProcess();
});
afterAll(() => process.close());

const toldOfUser = (id: string) => toldOf(process.database, 'user', id);

describe('an account', () => {
  it('is told when it is made and changed, with its address and nothing else of its profile', async () => {
    const { user, as } = await process.signedIn();
    const profile = { displayName: 'Countess Lovelace', phone: '+4930123456' };
    await process.users.updateUser({ user: { id: user.id, ...profile }, updateMask: ['display_name', 'phone'] }, as);
    const told = { user_id: user.id, email: user.email, state: 'ACTIVE' };
    expect(await toldOfUser(user.id)).toEqual([
      { type: 'user.created', sequence: 1, payload: told },
      { type: 'user.updated', sequence: 2, payload: told },
    ]);
  });

  it('is told to be gone once, and its address goes from what was told before', async () => {
    const { user, as } = await process.signedIn();
    const { user: other } = await process.signedIn();
    await process.users.deleteUser({ userId: user.id }, as);
    const administrator = await process.administrator();
    await process.users.deleteUser({ userId: user.id }, administrator);
    expect(await toldOfUser(user.id)).toEqual([
      { type: 'user.created', sequence: 1, payload: { user_id: user.id, state: 'ACTIVE' } },
      { type: 'user.deleted', sequence: 2, payload: { user_id: user.id } },
    ]);
    expect(await toldOfUser(other.id)).toEqual([
      expect.objectContaining({ payload: expect.objectContaining({ email: other.email }) }),
    ]);
  });

  it('is told once when its creation is repeated, and not when its address is taken', async () => {
    const request = {
      requestId: crypto.randomUUID(),
      email: 'once@example.com',
      password: PASSWORD,
      displayName: 'Once',
    };
    const { user } = await process.users.createUser(request);
    await process.users.createUser(request);
    await expect(process.users.createUser({ ...request, requestId: crypto.randomUUID() })).rejects.toThrow();
    expect(await toldOfUser(user!.id)).toHaveLength(1);
  });
});

describe('the outbox of the user process', () => {
  it('has had every type of the contract, counts the events of each account, and holds no password', async () => {
    expect(await untold('user', process.database)).toEqual([]);
    expect(await miscounted(process.database)).toEqual([]);
    const secret = await process.database.rows(
      {
        name: 'secret',
        text: `SELECT event_id FROM outbox WHERE payload::text LIKE '%' || $1 || '%' OR payload::text LIKE '%argon2%'`,
      },
      [PASSWORD],
    );
    expect(secret).toEqual([]);
  });
});

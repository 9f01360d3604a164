import { appendEvents } from '../../chassis/events/index.ts';
import { createGroupCommit, uniqueViolation, type Database, type Queryable } from '../../chassis/store/index.ts';
import type { Account, AccountState, Address, UserId } from './domain.ts';
import { emailTaken } from './domain.ts';
import { userChanged, userDeleted } from './events.ts';
import { statements } from './statements.ts';

interface AccountRow {
  readonly id: string;
  readonly email: string;
  readonly display_name: string;
  readonly phone: string;
  readonly default_address: Address | null;
  readonly roles: string[];
  readonly state: AccountState;
  readonly version: bigint;
  readonly create_time: Date;
  readonly update_time: Date;
  readonly delete_time: Date | null;
}

/** What a new account is made of. */
export interface NewAccount extends Pick<
  Account,
  'id' | 'email' | 'displayName' | 'phone' | 'defaultAddress' | 'roles'
> {
  readonly passwordHash: string;
}

/** Which accounts a page shows. */
export interface AccountFilter {
  readonly state: AccountState | undefined;
  /** Part of an address or a name; empty: all. */
  readonly query: string;
}

/** The accounts in the database; what is changed of one is also told, as an event in the same transaction. */
export interface AccountRepository {
  /** Throws EMAIL_TAKEN. */
  insert(tx: Queryable, account: NewAccount): Promise<Account>;
  get(id: UserId): Promise<Account | undefined>;
  /** Locks the account for the transaction; 'closed' when it was deleted. */
  lock(tx: Queryable, id: UserId): Promise<Account | 'closed' | undefined>;
  /** Locks the account of a refresh token, by the token's hash; undefined: nobody's. */
  lockByToken(tx: Queryable, tokenHash: Uint8Array): Promise<Account | 'closed' | undefined>;
  findCredential(email: string): Promise<{ readonly account: Account; readonly passwordHash: string } | undefined>;
  /** Writes a locked account back and gives it its next version. */
  update(tx: Queryable, account: Account): Promise<Account>;
  /** Erases profile and credential of a locked account, and its address from its events; the id stays. */
  erase(tx: Queryable, id: UserId): Promise<void>;
  /** Newest first. */
  list(filter: AccountFilter, afterId: string | undefined, limit: number): Promise<readonly Account[]>;
  /** Oldest first. */
  exportAfter(id: string | undefined, limit: number): Promise<readonly Account[]>;
}

/** Accounts over PostgreSQL. */
export function createAccountRepository(database: Database): AccountRepository {
  /** Each order asks for its user twice: what is asked for at the same time is read in one round trip. */
  const reading = createGroupCommit<UserId, Account | undefined>({
    job: 'get-accounts',
    async run(ids) {
      const rows = await database.rows<AccountRow>(statements['get-accounts'], [ids]);
      const found = new Map(rows.map((row) => [row.id, toAccount(row)]));
      return ids.map((id) => found.get(id));
    },
  });

  return {
    async insert(tx, account) {
      try {
        const row = await tx.one<AccountRow>(statements['insert-account'], [
          account.id,
          account.email,
          account.displayName,
          account.phone,
          toJson(account.defaultAddress),
          account.roles,
        ]);
        await tx.execute(statements['insert-credential'], [account.id, account.passwordHash]);
        const made = required(row);
        await appendEvents(tx, [userChanged('created', made)]);
        return made;
      } catch (error) {
        if (uniqueViolation(error) === 'account_email_key') throw emailTaken();
        throw error;
      }
    },
    get: (id) => reading.submit(id),
    async lock(tx, id) {
      return toLocked(await tx.one<AccountRow>(statements['lock-account'], [id]));
    },
    async lockByToken(tx, tokenHash) {
      return toLocked(await tx.one<AccountRow>(statements['lock-account-of-token'], [tokenHash]));
    },
    async findCredential(email) {
      const row = await database.one<AccountRow & { password_hash: string }>(statements['get-credential'], [email]);
      return row && { account: toAccount(row), passwordHash: row.password_hash };
    },
    async update(tx, account) {
      const row = await tx.one<AccountRow>(statements['update-account'], [
        account.id,
        account.displayName,
        account.phone,
        toJson(account.defaultAddress),
        account.state,
      ]);
      const changed = required(row);
      await appendEvents(tx, [userChanged('updated', changed)]);
      return changed;
    },
    async erase(tx, id) {
      await tx.execute(statements['delete-credential'], [id]);
      await tx.execute(statements['forget-address'], [id]);
      const erased = await tx.one<Pick<AccountRow, 'version'>>(statements['erase-account'], [id]);
      if (erased === undefined) throw new Error(`the account ${id} was not locked`);
      await appendEvents(tx, [userDeleted(id, erased.version)]);
    },
    async list(filter, afterId, limit) {
      const pattern = filter.query === '' ? null : `%${filter.query.replace(/[\\%_]/g, '\\$&')}%`;
      const rows = await database.rows<AccountRow>(statements['list-accounts'], [
        afterId ?? null,
        filter.state ?? null,
        pattern,
        limit,
      ]);
      return rows.map(toAccount);
    },
    async exportAfter(id, limit) {
      const rows = await database.rows<AccountRow>(statements['export-accounts'], [id ?? null, limit]);
      return rows.map(toAccount);
    },
  };
}

function toAccount(row: AccountRow): Account {
  return {
    id: row.id as UserId, // from the primary key
    email: row.email,
    displayName: row.display_name,
    phone: row.phone,
    defaultAddress: row.default_address ?? undefined,
    roles: row.roles,
    state: row.state,
    version: row.version,
    createTime: row.create_time,
    updateTime: row.update_time,
  };
}

function toLocked(row: AccountRow | undefined): Account | 'closed' | undefined {
  if (row === undefined) return undefined;
  return row.delete_time === null ? toAccount(row) : 'closed';
}

function required(row: AccountRow | undefined): Account {
  if (row === undefined) throw new Error('the statement returned no row');
  return toAccount(row);
}

const toJson = (address: Address | undefined): string | null =>
  address === undefined ? null : JSON.stringify(address);

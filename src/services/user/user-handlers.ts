import {
  CreateUserRequest,
  CreateUserResponse,
  type User,
  type UserServiceImplementation,
} from '../../../gen/tradewind/user/v1/user.ts';
import { currentCall, invalidArgument, maskedFields, newId, throwIfAborted } from '../../chassis/core/index.ts';
import { assertMayAct } from '../../chassis/security/index.ts';
import {
  assertEtag,
  idempotently,
  pageSize,
  toPage,
  type Database,
  type PageTokens,
  type Queryable,
} from '../../chassis/store/index.ts';
import { fromAddress, fromUserState, toUser } from './convert.ts';
import { changeAccount, normalizeEmail, parseUserId, userNotFound, type AccountChange } from './domain.ts';
import type { Passwords } from './passwords.ts';
import type { AccountRepository } from './repository.ts';
import type { Sessions } from './sessions.ts';

/** What the handlers of UserService work with. */
export interface UserHandlerDependencies {
  readonly database: Database;
  readonly accounts: AccountRepository;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly pageTokens: PageTokens;
}

const EXPORT_BATCH = 500;

/** UserService: proto to domain and back. */
export function createUserHandlers(dependencies: UserHandlerDependencies): UserServiceImplementation {
  const { database, accounts, sessions, passwords, pageTokens } = dependencies;

  return {
    async createUser(request) {
      const passwordHash = await passwords.hash(request.password);
      const create = async (tx: Queryable): Promise<CreateUserResponse> => {
        const account = await accounts.insert(tx, {
          id: parseUserId(newId()),
          email: normalizeEmail(request.email),
          displayName: request.displayName,
          phone: request.phone,
          defaultAddress: fromAddress(request.defaultAddress),
          roles: ['customer'],
          passwordHash,
        });
        return { user: toUser(account) };
      };
      return database.transaction((tx) =>
        idempotently(
          tx,
          {
            scope: '/tradewind.user.v1.UserService/CreateUser',
            key: request.requestId,
            request: rememberable(request, passwords),
            codec: CreateUserResponse,
          },
          () => create(tx),
        ),
      );
    },

    async getUser(request) {
      const id = parseUserId(request.userId);
      assertMayAct(currentCall()?.principal, id);
      const account = await accounts.get(id);
      if (account === undefined) throw userNotFound(id);
      return { user: toUser(account) };
    },

    async listUsers(request) {
      const size = pageSize(request.pageSize);
      const query = { method: 'ListUsers', state: request.state, query: request.query };
      const after = pageTokens.decode(request.pageToken, query);
      const filter = { state: fromUserState(request.state), query: request.query };
      const rows = await accounts.list(filter, after?.[0], size + 1);
      const page = toPage({ rows, size, tokens: pageTokens, request: query, cursor: (account) => [account.id] });
      return { users: page.rows.map(toUser), nextPageToken: page.nextPageToken };
    },

    async updateUser(request) {
      const { user } = request;
      if (user === undefined || user.id === '') {
        throw invalidArgument([{ field: 'user.id', description: 'must be a UUID', reason: 'string.uuid' }]);
      }
      const id = parseUserId(user.id);
      const principal = currentCall()?.principal;
      assertMayAct(principal, id);
      const change = toChange(user, request.updateMask);
      const updated = await database.transaction(async (tx) => {
        const account = await accounts.lock(tx, id);
        if (account === undefined || account === 'closed') throw userNotFound(id);
        assertEtag(user.etag, account.version);
        const next = await accounts.update(tx, changeAccount(account, change, principal));
        if (next.state === 'SUSPENDED') await sessions.endAll(tx, id);
        return next;
      });
      return { user: toUser(updated) };
    },

    async deleteUser(request) {
      const id = parseUserId(request.userId);
      assertMayAct(currentCall()?.principal, id);
      await database.transaction(async (tx) => {
        const account = await accounts.lock(tx, id);
        if (account === undefined) throw userNotFound(id);
        if (account === 'closed') return;
        assertEtag(request.etag, account.version);
        await accounts.erase(tx, id);
        await sessions.endAll(tx, id);
      });
      return {};
    },

    async *exportUsers(request, context) {
      let after = request.afterUserId === '' ? undefined : request.afterUserId;
      for (;;) {
        throwIfAborted(context.signal);
        const batch = await accounts.exportAfter(after, EXPORT_BATCH);
        for (const account of batch) yield { user: toUser(account) };
        after = batch.at(-1)?.id;
        if (batch.length < EXPORT_BATCH) return;
      }
    },
  };
}

/** The request as the idempotency record hashes it: no password can be guessed from the hash. */
function rememberable(request: CreateUserRequest, passwords: Passwords): Uint8Array {
  return CreateUserRequest.encode({
    ...request,
    requestId: '',
    password: passwords.fingerprint(request.password),
  }).finish();
}

/** The paths an update mask may name. */
const CHANGEABLE = ['displayName', 'phone', 'defaultAddress', 'state'] as const;

function toChange(user: User, mask: readonly string[] | undefined): AccountChange {
  const { state, ...rest } = maskedFields({ mask, changes: user, fields: CHANGEABLE });
  if (state === undefined) return rest;
  const newState = fromUserState(state);
  if (newState === undefined) {
    throw invalidArgument([{ field: 'user.state', description: 'must be ACTIVE or SUSPENDED', reason: 'enum.in' }]);
  }
  return { ...rest, state: newState };
}

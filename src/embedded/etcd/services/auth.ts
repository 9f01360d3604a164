import { etcdError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { MakeHeader } from '../wire/header.ts';
import type { UnaryMethods } from './unary.ts';

/** `etcdserverpb.Auth` as an etcd answers whose authentication was never switched on; switching it on is unimplemented. */
export function authMethods(store: Store, header: MakeHeader): UnaryMethods {
  return {
    AuthStatus: () => ({ header: header(store.revision), enabled: false, authRevision: '1' }),
    AuthDisable: () => ({ header: header(store.revision) }),
    Authenticate: () => {
      throw etcdError('AUTH_NOT_ENABLED');
    },
  };
}

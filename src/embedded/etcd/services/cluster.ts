import type { Store } from '../store/store.ts';
import type { Identity, MakeHeader } from '../wire/header.ts';
import type { UnaryMethods } from './unary.ts';

/** `etcdserverpb.Cluster`: one member that cannot be joined, so it has no peer address. */
export function clusterMethods(
  store: Store,
  identity: Identity,
  header: MakeHeader,
  address: () => string,
): UnaryMethods {
  return {
    MemberList: () => ({
      header: header(store.revision),
      members: [{ ID: identity.memberId, name: 'embedded', peerURLs: [], clientURLs: [`http://${address()}`] }],
    }),
  };
}

import { crc32 } from 'node:zlib';
import type { UnaryMethods } from './unary.ts';

import { keyRange } from '../store/key-range.ts';
import type { Store } from '../store/store.ts';
import { RAFT_TERM, type Identity, type MakeHeader } from '../wire/header.ts';
import { keyBytes } from '../wire/responses.ts';

/** The release of etcd whose API and behaviour the server follows; the rest says that it is not etcd itself. */
const SERVER_VERSION = '3.4.23+tradewind';

/** `etcdserverpb.Maintenance`: what a single member in memory can say. Snapshots and leader moves are unimplemented. */
export function maintenanceMethods(store: Store, identity: Identity, makeHeader: MakeHeader): UnaryMethods {
  const header = () => makeHeader(store.revision);
  return {
    Status: () => ({
      header: header(),
      version: SERVER_VERSION,
      dbSize: String(store.sizeBytes),
      dbSizeInUse: String(store.sizeBytes),
      leader: identity.memberId,
      raftIndex: String(store.revision),
      raftAppliedIndex: String(store.revision),
      raftTerm: RAFT_TERM,
    }),
    Alarm: () => ({ header: header(), alarms: [] }),
    Defragment: () => ({ header: header() }), // memory is compacted by the runtime
    Hash: () => ({ header: header(), hash: hashOf(store, 0) }),
    HashKV: (request: { readonly revision: string }) => ({
      header: header(),
      hash: hashOf(store, Number(request.revision)),
      compact_revision: String(store.compactedRevision),
    }),
  };
}

/** A checksum of the keys at a revision. Comparable between calls, not with the one a real etcd computes. */
function hashOf(store: Store, revision: number): number {
  const { kvs } = store.range({
    range: keyRange('\0', '\0'),
    revision,
    limit: 0,
    sortOrder: 'none',
    sortTarget: 'key',
    keysOnly: false,
    countOnly: false,
    minModRevision: 0,
    maxModRevision: 0,
    minCreateRevision: 0,
    maxCreateRevision: 0,
  });
  return kvs.reduce((hash, kv) => crc32(kv.value, crc32(keyBytes(`${kv.key}\0${kv.modRevision}\0`), hash)), 0);
}

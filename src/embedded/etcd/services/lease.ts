import type { handleBidiStreamingCall } from '@grpc/grpc-js';

import type { Lessor } from '../leases/lessor.ts';
import type { Store } from '../store/store.ts';
import type { MakeHeader } from '../wire/header.ts';
import { keyBytes } from '../wire/responses.ts';
import type { OpenStreams } from './open-streams.ts';
import type { UnaryMethods } from './unary.ts';

interface LeaseMessage {
  readonly ID: string;
}

interface GrantMessage extends LeaseMessage {
  readonly TTL: string;
}

interface TimeToLiveMessage extends LeaseMessage {
  readonly keys: boolean;
}

/** The unary methods of `etcdserverpb.Lease` on a lessor. */
export function leaseMethods(lessor: Lessor, store: Store, makeHeader: MakeHeader): UnaryMethods {
  const header = () => makeHeader(store.revision);
  return {
    LeaseGrant: (request: GrantMessage) => {
      const { id, ttlSeconds } = lessor.grant(BigInt(request.ID), Number(request.TTL));
      return { header: header(), ID: String(id), TTL: String(ttlSeconds) };
    },
    LeaseRevoke: (request: LeaseMessage) => {
      lessor.revoke(BigInt(request.ID));
      return { header: header() };
    },
    LeaseTimeToLive: (request: TimeToLiveMessage) => {
      const lease = lessor.find(BigInt(request.ID));
      if (lease === undefined) return { header: header(), ID: request.ID, TTL: '-1' }; // etcd's way to say "gone"
      return {
        header: header(),
        ID: request.ID,
        TTL: String(lease.remainingTtlSeconds),
        grantedTTL: String(lease.grantedTtlSeconds),
        keys: request.keys ? lease.keys.map(keyBytes) : [],
      };
    },
    LeaseLeases: () => ({ header: header(), leases: lessor.list().map((id) => ({ ID: String(id) })) }),
  };
}

/** `LeaseKeepAlive`: one answer a request; a client that does not read its answers is not read from either. */
export function leaseKeepAlive(
  lessor: Lessor,
  store: Store,
  header: MakeHeader,
  streams: OpenStreams,
): handleBidiStreamingCall<LeaseMessage, object> {
  return (call) => {
    streams.add(call);
    call.on('data', (request: LeaseMessage) => {
      const ttlSeconds = lessor.renew(BigInt(request.ID)); // 0 tells the client that the lease is gone
      if (!call.write({ header: header(store.revision), ID: request.ID, TTL: String(ttlSeconds) })) call.pause();
    });
    call.on('drain', () => call.resume());
    call.on('end', () => call.end());
  };
}

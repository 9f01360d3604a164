import type { Random } from '../../../chassis/core/index.ts';
import type { HeaderMessage, Int64 } from './messages.ts';

/** Who the server says it is. New at every start: what an earlier one held is gone, and clients may notice. */
export interface Identity {
  readonly clusterId: Int64;
  readonly memberId: Int64;
}

/** The term that the one member leads in; there never was another election. */
export const RAFT_TERM: Int64 = '2';

/** Makes a response's header for a revision. */
export type MakeHeader = (revision: number) => HeaderMessage;

/** A random identity. */
export function createIdentity(random: Random): Identity {
  const id = () => Buffer.from(random.bytes(8)).readBigUInt64BE().toString();
  return { clusterId: id(), memberId: id() };
}

/** Headers of one server. */
export function headersOf({ clusterId, memberId }: Identity): MakeHeader {
  return (revision) => ({
    cluster_id: clusterId,
    member_id: memberId,
    revision: String(revision),
    raft_term: RAFT_TERM,
  });
}

import { ProtocolError } from './protocol.ts';
import type { ReplyFrame } from './server-frames.ts';

/** Long replies whose fragments are still coming, by the calls' ids. */
export interface Reassembly {
  /** The reply's first part; false when the whole would be too long: its fragments are then counted and dropped. */
  begin(first: ReplyFrame, totalBytes: number): boolean;
  /** The next part; the whole reply once it is complete. Parts that nobody waits for are only counted. */
  add(id: number, payload: Uint8Array, isWanted: boolean): ReplyFrame | undefined;
  /** The call ended otherwise. */
  forget(id: number): void;
}

interface Partial {
  readonly first: ReplyFrame;
  readonly totalBytes: number;
  /** Undefined: dropped. */
  parts: Uint8Array[] | undefined;
  receivedBytes: number;
}

/** Puts replies together; grows with what has come, not with what was announced. */
export function createReassembly(maxReplyBytes: number): Reassembly {
  const partials = new Map<number, Partial>();
  return {
    begin(first, totalBytes) {
      const { id, payload } = first;
      if (partials.has(id)) throw new ProtocolError(`the reply of call ${id} began twice`);
      if (payload.length >= totalBytes) throw new ProtocolError(`the reply of call ${id} has no fragments`);
      const fits = totalBytes <= maxReplyBytes;
      partials.set(id, { first, totalBytes, parts: fits ? [payload] : undefined, receivedBytes: payload.length });
      return fits;
    },
    add(id, payload, isWanted) {
      const partial = partials.get(id);
      if (partial === undefined) throw new ProtocolError(`a fragment of call ${id} has no reply before it`);
      if (payload.length === 0) throw new ProtocolError(`a fragment of call ${id} is empty`);
      if (!isWanted) partial.parts = undefined;
      partial.parts?.push(payload);
      partial.receivedBytes += payload.length;
      if (partial.receivedBytes > partial.totalBytes) throw new ProtocolError(`the reply of call ${id} is too long`);
      if (partial.receivedBytes < partial.totalBytes) return undefined;
      partials.delete(id);
      return { ...partial.first, payload: Buffer.concat(partial.parts ?? []), totalBytes: undefined };
    },
    forget: (id) => void partials.delete(id),
  };
}

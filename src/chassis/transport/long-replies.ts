import type { Metadata } from 'nice-grpc-common';

import type { Outbox } from './outbox.ts';
import { BATCH_BYTES } from './protocol.ts';
import { writeFragment, writeReply } from './server-frames.ts';

/** A reply that is too long for one frame. */
export interface LongReply {
  readonly id: number;
  readonly payload: Uint8Array;
  readonly header: Metadata | undefined;
  readonly trailer: Metadata | undefined;
}

/** Long replies on their way out, a fragment of each in turn, so that none of them holds up the others or the short ones. */
export interface LongReplies {
  add(reply: LongReply): void;
  /** True when it was on its way: no more of it is sent. */
  remove(id: number): boolean;
  /** Writes about one batch of fragments. Called by the outbox when everything before has gone. */
  refill(): void;
  close(): void;
}

interface Sending extends LongReply {
  sentBytes: number;
}

/** `onSent` is called with the id of a call when the last fragment of its reply was written. */
export function createLongReplies(outbox: Outbox, fragmentBytes: number, onSent: (id: number) => void): LongReplies {
  let sending: Sending[] = [];
  let turn = 0;

  const step = (reply: Sending): number => {
    const { id, payload, header, trailer, sentBytes } = reply;
    const part = payload.subarray(sentBytes, sentBytes + fragmentBytes);
    reply.sentBytes += part.length;
    const totalBytes = payload.length;
    if (sentBytes > 0) outbox.added(writeFragment(outbox.writer, id, part));
    else outbox.added(writeReply(outbox.writer, { id, payload: part, header, trailer, totalBytes }));
    return part.length;
  };

  return {
    add(reply) {
      sending.push({ ...reply, sentBytes: 0 });
      outbox.wake();
    },
    remove(id) {
      const before = sending.length;
      sending = sending.filter((reply) => reply.id !== id);
      return sending.length < before;
    },
    refill() {
      for (let budget = BATCH_BYTES; budget > 0 && sending.length > 0;) {
        turn = turn < sending.length ? turn : 0;
        const reply = sending[turn];
        if (reply === undefined) return;
        budget -= step(reply);
        if (reply.sentBytes < reply.payload.length) turn += 1;
        else {
          sending.splice(turn, 1);
          onSent(reply.id);
        }
      }
    },
    close: () => void (sending = []),
  };
}

import type { Random } from '../core/index.ts';

const TRACE_ID_BYTES = 16;
const ID_BYTES = TRACE_ID_BYTES + 8;
/** Ids made of one draw: asking the machine for randomness costs more than the rest of an id. */
const POOLED = 256;

/** Makes the traceparent of traces that begin here and are not recorded: ids for logs and for callees, no more. */
export function createTraceIds(random: Random): () => string {
  let pool = Buffer.alloc(0);
  let offset = 0;
  return () => {
    if (offset === pool.length) {
      pool = Buffer.from(random.bytes(ID_BYTES * POOLED));
      offset = 0;
    }
    const middle = offset + TRACE_ID_BYTES;
    const traceId = pool.toString('hex', offset, middle);
    offset += ID_BYTES;
    return `00-${traceId}-${pool.toString('hex', middle, offset)}-00`;
  };
}

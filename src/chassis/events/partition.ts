/** How many partitions every publisher's log has. Fixed: a consumer's positions are kept by partition. */
export const PARTITIONS = 8;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The partition of an aggregate's events, 0 to 7: FNV-1a of its type and id, so that every publisher and courier agrees. */
export function partitionOf(aggregateType: string, aggregateId: string): number {
  return hash(aggregateId, hash('/', hash(aggregateType, FNV_OFFSET))) % PARTITIONS;
}

function hash(text: string, seed: number): number {
  let value = seed;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), FNV_PRIME);
  }
  return value >>> 0;
}

/** Whom the bench's instances register as. */
export const PROCESS = 'bench-discovery';

/** The shortest that a real etcd grants here. */
export const TTL_SECONDS = 2;

/** Milliseconds of the machine's monotonic clock, the same in every process on it. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

import { createHash } from 'node:crypto';

/** Keeps the processor busy for as long on this machine as it was told when it was made; it is a fixed amount of work. */
export type Work = () => void;

const CALIBRATION_ROUNDS = 40;
const BLOCK_BYTES = 64 * 1024;

/** Work of about `ms` on a processor that nobody else wants: the fastest of several rounds is taken for that. */
export function calibrateWork(ms: number): Work {
  const block = Buffer.alloc(BLOCK_BYTES, 1);
  const hash = (blocks: number) => {
    const digest = createHash('sha256');
    for (let n = 0; n < blocks; n++) digest.update(block);
    digest.digest();
  };
  const blockMs = Math.min(
    ...Array.from({ length: CALIBRATION_ROUNDS }, () => {
      const startedMs = performance.now();
      hash(10);
      return (performance.now() - startedMs) / 10;
    }),
  );
  const blocks = Math.max(1, Math.round(ms / blockMs));
  return () => hash(blocks);
}

import type { NewId, Random } from '../core/index.ts';

/**
 * Ids for calls that begin here: random bytes of this factory, then a number that counts. Nobody has to guess them and
 * nobody sorts by them, so they need no entropy and no clock of their own for each call.
 */
export function createCallIds(random: Random): NewId {
  const prefix = Buffer.from(random.bytes(12)).toString('base64url');
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}.${count.toString(36)}`;
  };
}

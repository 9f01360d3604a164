import { createHash } from 'node:crypto';

import type { Instance } from '../registry/index.ts';

const known = new WeakMap<readonly Instance[], string>();

/**
 * Names a list by what it says, so that a watch can go on at any process, of any registry, after any of them was wiped: a
 * registry's own revision means nothing elsewhere.
 */
export function positionOf(instances: readonly Instance[]): string {
  const before = known.get(instances);
  if (before !== undefined) return before;
  const position = createHash('sha256').update(JSON.stringify(instances)).digest('base64url').slice(0, 22);
  known.set(instances, position);
  return position;
}

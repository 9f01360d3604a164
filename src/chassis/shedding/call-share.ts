/**
 * Where a call stands among others of its priority, from 0 to 1, by its id: a part of them is let in, and the same ones at
 * every hop, so that no work is done for a call that fails further down. A retry under the same id draws no new lot.
 * Source: DAGOR's user-oriented admission; the hash is FNV-1a with a final mix.
 */
export function callShare(callId: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < callId.length; index++) hash = Math.imul(hash ^ callId.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash ^= hash >>> 13;
  return (hash >>> 0) / 2 ** 32;
}

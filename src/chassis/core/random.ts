import { randomBytes } from 'node:crypto';

/** Where chance comes from, so that tests can own it. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** Unpredictable bytes, fit for secrets. */
  bytes(length: number): Uint8Array;
}

/** The machine's own randomness. */
export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (length) => randomBytes(length),
};

/** A whole number in [0, exclusiveMax). */
export function randomInteger(random: Random, exclusiveMax: number): number {
  return Math.floor(random.next() * exclusiveMax);
}

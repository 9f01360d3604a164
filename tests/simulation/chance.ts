import type { Random } from '../../src/chassis/core/index.ts';
import { seededRandom } from '../support/seeded-random.ts';

/** Seeded choices, in words. */
export interface Chance extends Random {
  /** True with this probability. */
  happens(probability: number): boolean;
  /** A number from `min` up to `max`. */
  between(min: number, max: number): number;
  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

/** The chance of one part of a run: parts that have their own do not disturb each other when something is left out. */
export function createChance(seed: number, part: string): Chance {
  const random = seededRandom(mix(seed, part));
  const between = (min: number, max: number) => min + random.next() * (max - min);
  return {
    ...random,
    happens: (probability) => random.next() < probability,
    between,
    whole: (min, max) => Math.floor(between(min, max + 1)),
    pick(items) {
      const item = items[Math.floor(random.next() * items.length)];
      if (item === undefined) throw new Error('there is nothing to pick from');
      return item;
    },
  };
}

/** FNV-1a over the part's name, begun with the seed. */
function mix(seed: number, part: string): number {
  let hash = (0x811c9dc5 ^ Math.imul(seed + 1, 0x9e3779b1)) >>> 0;
  for (let at = 0; at < part.length; at += 1) hash = Math.imul(hash ^ part.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}

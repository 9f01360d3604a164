import { randomInteger, type Random } from '../../core/index.ts';
import type { Subchannel } from '../../channel/index.ts';
import { createAliasTable } from './alias-table.ts';
import type { Candidates } from './candidates.ts';

/** Draws a candidate by weight, another one than `avoid` when there is one. */
export type Draw = (avoid: Subchannel | undefined) => number;

/** The table behind it is made when it is first needed: pickers come and go more often than some of them pick. */
export function createDraw({ subchannels, weights }: Candidates, random: Random): Draw {
  let table: (() => number) | undefined;
  return (avoid) => {
    if (subchannels.length === 1) return 0;
    const drawn = (table ??= createAliasTable(weights, random))();
    return subchannels[drawn] === avoid ? otherThan(drawn, subchannels.length, random) : drawn;
  };
}

/** Two candidates that were drawn to be compared; the same one twice when there is no other. */
export interface Pair {
  readonly first: number;
  readonly second: number;
}

/** Draws two different candidates by weight, neither of them `avoid`. Returns the same object each time. */
export function createPairDraw(candidates: Candidates, random: Random): (avoid: Subchannel | undefined) => Pair {
  const { subchannels } = candidates;
  const count = subchannels.length;
  const draw = createDraw(candidates, random);
  const pair = { first: 0, second: 0 };
  return (avoid) => {
    const first = draw(avoid);
    let second = draw(avoid);
    if (second === first && count > 1) {
      second = otherThan(first, count, random);
      // Of three there is a third; of two there is none, and the first remains.
      if (subchannels[second] === avoid) second = (second + 1) % count;
      if (second === first && count > 2) second = (second + 1) % count;
    }
    pair.first = first;
    pair.second = second;
    return pair;
  };
}

/** Any index but this one, each as likely; there are at least two. */
function otherThan(index: number, count: number, random: Random): number {
  const drawn = randomInteger(random, count - 1);
  return drawn < index ? drawn : drawn + 1;
}

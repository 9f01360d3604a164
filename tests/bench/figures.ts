/** Named figures of one round, or of many rounds put together. */
export type Figures<Name extends string> = Readonly<Record<Name, number>>;

/** The medians of several rounds, with the least and the greatest of each figure beside. */
export type Summary<Name extends string> = Figures<Name> & {
  readonly min: Figures<Name>;
  readonly max: Figures<Name>;
};

/** Puts rounds together, figure by figure; there must be at least one. */
export function summarize<Name extends string>(rounds: readonly Figures<Name>[]): Summary<Name> {
  const names = Object.keys(rounds[0] ?? {}) as Name[]; // every round has the names of its type
  const each = (pick: (sorted: readonly number[]) => number) =>
    Object.fromEntries(
      names.map((name) => [name, rounded(pick(rounds.map((round) => round[name]).sort((a, b) => a - b)))]),
    ) as Record<Name, number>;
  return {
    ...each(median),
    min: each((sorted) => sorted[0] ?? NaN),
    max: each((sorted) => sorted.at(-1) ?? NaN),
  };
}

/** The value at or below which this share (0 to 1) of the sorted values lies. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

/** Four digits are more than the figures are good for. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/**
 * The rows that follow on `after` without a gap. At a gap a reader has to stop: a transaction that took the missing position may still
 * commit it, after later ones were seen.
 */
export function withoutGap<Row extends { readonly position: bigint }>(
  rows: readonly Row[],
  after: bigint,
): readonly Row[] {
  const gap = rows.findIndex((row, index) => row.position !== after + BigInt(index) + 1n);
  return gap === -1 ? rows : rows.slice(0, gap);
}

/** One column of a printed table. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  /** Numbers stand to the right. Default: to the left. */
  readonly align?: 'left' | 'right';
  /** Gives way, the widest such column first, when the table is wider than it may be; its values end in "…" then. */
  readonly shrinks?: boolean;
}

/** How wide a table for people may be. */
export const MAX_WIDTH = 120;

/** A column that gives way keeps so much. */
const LEAST_WIDTH = 8;

/** Rows under their titles, each column as wide as its widest value; at most `maxWidth` wide where columns may shrink. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  maxWidth = Number.POSITIVE_INFINITY,
): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ value }) => value(row)))];
  const widths = columns.map((_column, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  const shrinking = columns.flatMap(({ shrinks }, index) => (shrinks === true ? [index] : []));
  for (let tooMuch = totalOf(widths) - maxWidth; tooMuch > 0; tooMuch -= 1) {
    const widest = shrinking.toSorted((one, other) => (widths[other] ?? 0) - (widths[one] ?? 0))[0];
    if (widest === undefined || (widths[widest] ?? 0) <= LEAST_WIDTH) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  const line = (values: readonly string[]) =>
    values.map((value, index) => pad(shorten(value, widths[index] ?? 0), widths[index] ?? 0, columns[index]?.align));
  return cells.map((values) => `${line(values).join(GAP).trimEnd()}\n`).join('');
}

const GAP = '  ';

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);
}

/** The text, or as much of it as fits, ending in "…". */
export function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function pad(text: string, width: number, align: Column<never>['align'] = 'left'): string {
  return align === 'right' ? text.padStart(width) : text.padEnd(width);
}

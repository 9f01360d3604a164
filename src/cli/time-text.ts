/** A time as people read it, to the millisecond, in UTC: "2026-11-28 17:00:12.345". */
export function timeText(time: Date | undefined): string {
  return time === undefined ? '' : time.toISOString().slice(0, -1).replace('T', ' ');
}

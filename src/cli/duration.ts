import { InvalidArgumentError } from 'commander';

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** "90s", "10m", "2h", "1d" in seconds. Throws commander's InvalidArgumentError, which names the option. */
export function parseDuration(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (digits === '') throw new InvalidArgumentError('It must be a number with its unit: 90s, 10m, 2h, 1d.');
  return Number(digits) * SECONDS[unit as keyof typeof SECONDS]; // the expression lets only these through
}

/** How long, in its largest unit: "45s", "12m", "3h", "2d". Below zero is "0s". */
export function shortDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 2 * SECONDS.m) return `${seconds}s`;
  if (seconds < 2 * SECONDS.h) return `${Math.floor(seconds / SECONDS.m)}m`;
  if (seconds < 2 * SECONDS.d) return `${Math.floor(seconds / SECONDS.h)}h`;
  return `${Math.floor(seconds / SECONDS.d)}d`;
}

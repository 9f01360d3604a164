import { InvalidArgumentError } from 'commander';

import { systemClock } from '../chassis/core/index.ts';
import { parseDuration } from './duration.ts';

/** A moment, by how long ago it was ("90s", "10m", "2h", "1d") or as RFC 3339. Throws commander's InvalidArgumentError, which names the option. */
export function parseSince(text: string): Date {
  if (/^\d+[smhd]$/.test(text)) return new Date(systemClock.now() - parseDuration(text) * 1_000);
  const time = new Date(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError('It must be how long ago (10m, 2h, 1d) or a time: 2026-11-28T17:00:00Z.');
}

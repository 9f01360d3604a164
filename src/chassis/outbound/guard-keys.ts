import { integer, milliseconds } from '../config/index.ts';

/** The configuration keys of an outbound guard, for a process to name after its outside system: "the carrier". */
export function guardKeys(system: string) {
  return {
    maxConcurrent: integer(`Requests to ${system} at the same time.`, { min: 1, max: 10_000 }).prefault('128'),
    maxQueued: integer(`Requests that wait for a place among those to ${system}; more are refused.`, {
      min: 0,
      max: 100_000,
    }).prefault('1024'),
    failurePercent: integer(
      `When so many of 100 requests of one kind to ${system} fail, none of that kind is sent for a while.`,
      { min: 1, max: 100 },
    ).prefault('50'),
    openMs: milliseconds(`How long none is sent then; after that one at a time finds out how ${system} is.`, {
      min: 10,
      max: 600_000,
    }).prefault('1000'),
  };
}

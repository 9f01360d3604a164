import { number, object, orFalse, readJson, record, checked, type Reader } from '../live-config/index.ts';
import type { CallLimit, CallLimitsConfig } from '../middleware/server/index.ts';
import type { SheddingOptions } from '../shedding/index.ts';
import { LOG_LEVELS, type GivenSettings, type LogLevel, type Settings } from './settings.ts';

/** Whether there is such a method: "/package.Service/Method", or such a service: "/package.Service/*". */
export type KnowsMethod = (path: string) => boolean;

const part = number('from 0 to 1', (value) => value >= 0 && value <= 1);
const positive = number('above 0', (value) => value > 0);
const count = number('a whole number above 0', (value) => Number.isInteger(value) && value > 0);
const countOrNone = number('a whole number, not negative', (value) => Number.isInteger(value) && value >= 0);
const notNegative = number('a number of milliseconds, not negative', (value) => value >= 0);
const milliseconds = number('a number of milliseconds above 0', (value) => value > 0);

const logLevel = checked(`one of ${LOG_LEVELS.join(', ')}`, (value): value is LogLevel =>
  LOG_LEVELS.some((level) => level === value),
);

const sampling = object<Partial<Settings['sampling']>>({ ratio: part, slowMs: notNegative });

const shedding = object<Partial<SheddingOptions>>({ targetDelayMs: milliseconds, minUtilisation: part });

/** A burst is one of a rate, and a queue one before places: neither means anything alone. */
const limit: Reader<CallLimit> = (value, path, violations) => {
  const read = object<CallLimit>({
    ratePerSecond: positive,
    burst: count,
    maxConcurrent: count,
    maxQueued: countOrNone,
  })(value, path, violations);
  const needs = (name: 'burst' | 'maxQueued', other: 'ratePerSecond' | 'maxConcurrent') => {
    if (read?.[name] === undefined || read[other] !== undefined) return;
    violations.push({ field: `${path}.${name}`, description: `needs ${other} beside it` });
  };
  needs('burst', 'ratePerSecond');
  needs('maxQueued', 'maxConcurrent');
  return read;
};

function settings(knows: KnowsMethod): Reader<GivenSettings> {
  const method = { description: 'after a method or "/package.Service/*" of the contract', isValid: knows };
  return object<GivenSettings>({
    logLevel,
    sampling,
    shedding: orFalse(shedding),
    limits: object<Partial<CallLimitsConfig>>({ methods: record(method, limit), perCaller: limit }),
  });
}

/** Reads settings from JSON. Throws INVALID_ARGUMENT that names every wrong field by its path, with its rule. */
export function parseSettings(json: string, knows: KnowsMethod): GivenSettings {
  return readJson(json, 'settings', settings(knows));
}

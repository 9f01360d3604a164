import { describe, expect, it } from '@jest/globals';

import { loadContract } from '../../../../src/chassis/contract/index.ts';
import { AppError } from '../../../../src/chassis/core/index.ts';
import { methodsOf, parseSettings } from '../../../../src/chassis/settings/index.ts';

const knows = methodsOf(await loadContract());
const SIGN_IN = '/tradewind.user.v1.AuthService/SignIn';

function wrong(value: unknown): readonly string[] {
  try {
    parseSettings(typeof value === 'string' ? value : JSON.stringify(value), knows);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.status).toBe('INVALID_ARGUMENT');
    return error.details
      .flatMap((detail) => (detail.kind === 'badRequest' ? detail.violations : []))
      .map(({ field, description }) => `${field}: ${description}`);
  }
  throw new Error('the settings were taken');
}

describe('parseSettings', () => {
  it.each([
    {},
    { logLevel: 'debug' },
    { sampling: { ratio: 0.05, slowMs: 250 }, shedding: { targetDelayMs: 20 } },
    { shedding: false, limits: { perCaller: { ratePerSecond: 0.5, burst: 10 } } },
    {
      limits: { methods: { [SIGN_IN]: { maxConcurrent: 8, maxQueued: 0 }, '/tradewind.order.v1.OrderService/*': {} } },
    },
  ])('takes %j as it is', (value) => {
    expect(parseSettings(JSON.stringify(value), knows)).toEqual(value);
  });

  it('names every wrong field with its rule', () => {
    const value = {
      logLevel: 'loud',
      sampling: { ratio: 1.5, slowMs: -1, keep: true },
      shedding: { targetDelayMs: 0, minUtilisation: '0.9' },
      limits: { methods: { [SIGN_IN]: { maxConcurrent: 0, burst: 3 } }, perCaller: { maxQueued: 4 } },
    };
    expect(wrong(value)).toEqual([
      'logLevel: must be one of trace, debug, info, warn, error, fatal, silent',
      'sampling.ratio: must be from 0 to 1',
      'sampling.slowMs: must be a number of milliseconds, not negative',
      'sampling.keep: is no field; there are ratio, slowMs',
      'shedding.targetDelayMs: must be a number of milliseconds above 0',
      'shedding.minUtilisation: must be from 0 to 1',
      `limits.methods["${SIGN_IN}"].maxConcurrent: must be a whole number above 0`,
      `limits.methods["${SIGN_IN}"].burst: needs ratePerSecond beside it`,
      'limits.perCaller.maxQueued: needs maxConcurrent beside it',
    ]);
  });

  it('refuses what is no method of the contract: such a limit would never hold', () => {
    expect(wrong({ limits: { methods: { '/tradewind.user.v1.AuthService/Signin': {} } } })).toEqual([
      'limits.methods["/tradewind.user.v1.AuthService/Signin"]: must be named after a method or "/package.Service/*" of the contract',
    ]);
  });

  it.each(['', '{', '[]', 'null', '7'])('refuses %j, which is no object', (json) => {
    expect(wrong(json)).toHaveLength(1);
  });
});

import { describe, expect, it } from '@jest/globals';

import {
  createCounter,
  createRates,
  orYesterdays,
  retrying,
  withAdaptiveBreaker,
  withBulkhead,
  withClassicBreaker,
  withHedge,
  withRateLimit,
  type RateService,
} from '../../../../docs/examples/resilience.ts';
import { AppError } from '../../../../src/chassis/core/index.ts';
import { createManualClock, type ManualClock } from '../../../support/manual-clock.ts';
import { expectQuoted } from '../../../support/quoted-code.ts';
import { seededRandom } from '../../../support/seeded-random.ts';

const away = new AppError({ status: 'UNAVAILABLE', reason: 'AWAY', message: 'nobody answers' });
const failing = () => Promise.reject(away);
const time = () => ({ clock: createManualClock(), random: seededRandom(1) });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Moves time on until the promise has settled, and says how it did. */
async function outcome(clock: ManualClock, promise: Promise<unknown>): Promise<unknown> {
  let settled: { readonly value: unknown } | undefined;
  promise.then(
    (value) => (settled = { value }),
    (error: unknown) => (settled = { value: error }),
  );
  for (let step = 0; settled === undefined && step < 1_000; step++) {
    await turn();
    if (settled === undefined) clock.advance(10);
  }
  return settled?.value;
}

describe('docs/resilience.md', () => {
  it('quotes the code that runs (UPDATE_DOCS=1 writes it anew)', () => {
    expectQuoted('docs/resilience.md', 'docs/examples/resilience.ts');
  });
});

describe('the rates of the guide', () => {
  it('come at the third try, each of which has its own time', async () => {
    const { clock, random } = time();
    let tries = 0;
    const service: RateService = {
      rate(_currency, { signal }) {
        tries += 1;
        if (tries === 3) return Promise.resolve(1.08);
        return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
      },
    };
    const rates = createRates(service, { clock, random });
    expect(await outcome(clock, rates.rate('USD'))).toBe(1.08);
    expect(clock.now()).toBeGreaterThanOrEqual(1_000);
  });

  it('are not asked for once enough calls have failed', async () => {
    const { clock, random } = time();
    let asked = 0;
    const service: RateService = {
      rate() {
        asked += 1;
        return failing();
      },
    };
    const rates = createRates(service, { clock, random });
    for (let n = 0; n < 10; n++) await outcome(clock, rates.rate('USD'));
    expect(await outcome(clock, rates.rate('USD'))).toMatchObject({ reason: 'CIRCUIT_OPEN' });
    expect(asked).toBe(20);
  });
});

describe('the policies of the guide', () => {
  it('retry three times at most', async () => {
    const own = time();
    let tries = 0;
    const work = () => {
      tries += 1;
      return failing();
    };
    expect(await outcome(own.clock, retrying(own).execute(work))).toBe(away);
    expect(tries).toBe(3);
  });

  it('open a classic breaker after twenty failures of a quiet service, and ask again after five seconds', async () => {
    const own = time();
    const policy = withClassicBreaker(own);
    for (let n = 0; n < 20; n++) await outcome(own.clock, policy.execute(failing));
    expect(await outcome(own.clock, policy.execute(turn))).toMatchObject({ reason: 'CIRCUIT_OPEN' });
    own.clock.advance(5_000);
    for (let n = 0; n < 4; n++)
      expect(
        await outcome(
          own.clock,
          policy.execute(async () => n),
        ),
      ).toBe(n);
  });

  it('let an adaptive breaker send on, but little', async () => {
    const own = time();
    const policy = withAdaptiveBreaker(own);
    let sent = 0;
    const work = () => {
      sent += 1;
      return failing();
    };
    for (let n = 0; n < 1_000; n++) await policy.execute(work).catch(() => undefined);
    expect(sent).toBeGreaterThan(10);
    expect(sent).toBeLessThan(100);
  });

  it('hold ten calls in a bulkhead, fifty before it, and refuse the next', async () => {
    const own = time();
    const policy = withBulkhead(own);
    const held = Array.from({ length: 60 }, () => policy.execute(turn));
    await expect(policy.execute(turn)).rejects.toMatchObject({ reason: 'BULKHEAD_FULL' });
    await Promise.all(held);
  });

  it('allow twenty calls at once, and the next ten milliseconds later', async () => {
    const own = time();
    const policy = withRateLimit(own);
    for (let n = 0; n < 20; n++) await policy.execute(turn);
    await expect(policy.execute(turn)).rejects.toMatchObject({ reason: 'RATE_LIMITED' });
    own.clock.advance(10);
    await policy.execute(turn);
  });

  it('hedge a slow call', async () => {
    const own = time();
    const policy = withHedge({ ...own, p95Ms: () => 80 });
    const slowFirst = async ({ attempt }: { readonly attempt: number }) => {
      if (attempt === 1) await own.clock.sleep(10_000);
      return attempt;
    };
    expect(await outcome(own.clock, policy.execute(slowFirst))).toBe(2);
  });

  it('fall back on yesterday', async () => {
    await expect(orYesterdays(1.07).execute(failing)).resolves.toBe(1.07);
  });

  it('work without a promise', () => {
    const own = time();
    const count = createCounter(own);
    for (let n = 0; n < 20; n++) {
      expect(() => count(() => { throw away; })).toThrow(away); // prettier-ignore
    }
    own.clock.advance(1_000);
    expect(count(() => 7)).toBeUndefined();
  });
});

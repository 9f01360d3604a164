import { Writable } from 'node:stream';

import { describe, expect, it } from '@jest/globals';

import { AppError, createEmitter, type ErrorStatus } from '../../../../src/chassis/core/index.ts';
import type { ConsumerEvents } from '../../../../src/chassis/events/index.ts';
import { createLogger, createMetrics, observeConsumers } from '../../../../src/chassis/telemetry/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const OF = { consumer: 'tiers', source: 'order' };

function observed() {
  const events = createEmitter<ConsumerEvents>();
  const clock = createManualClock();
  const metrics = createMetrics({ process: 'loyalty', instance: 'l-1' });
  let text = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const logger = createLogger({ process: 'loyalty', instance: 'l-1', level: 'warn', destination });
  observeConsumers([{ events }], { logger, metrics }, clock);
  return {
    clock,
    interrupt: (status: ErrorStatus, reason: string) =>
      events.emit('interrupted', { ...OF, error: new AppError({ status, reason, message: 'away' }), waitMs: 250 }),
    /** The reasons of all warnings, in order. */
    warnings: () => [...text.matchAll(/"reason":"(\w+)"/g)].map(([, reason]) => reason),
    metrics: () => metrics.registry.metrics(),
  };
}

describe('observeConsumers', () => {
  it('warns of what keeps a consumer from its events once a minute, and at once when it is something else', () => {
    const { clock, interrupt, warnings } = observed();
    for (let tries = 0; tries < 200; tries += 1) {
      interrupt('UNAVAILABLE', 'ENDPOINTS_UNREACHABLE');
      clock.advance(250); // 50 s in all
    }
    expect(warnings()).toEqual(['ENDPOINTS_UNREACHABLE']);
    interrupt('OUT_OF_RANGE', 'POSITION_EXPIRED');
    interrupt('OUT_OF_RANGE', 'POSITION_EXPIRED');
    expect(warnings()).toEqual(['ENDPOINTS_UNREACHABLE', 'POSITION_EXPIRED']);
    clock.advance(60_000);
    interrupt('OUT_OF_RANGE', 'POSITION_EXPIRED');
    expect(warnings()).toHaveLength(3);
  });

  it('counts every try', async () => {
    const { interrupt, metrics } = observed();
    interrupt('UNAVAILABLE', 'ENDPOINTS_UNREACHABLE');
    interrupt('UNAVAILABLE', 'ENDPOINTS_UNREACHABLE');
    expect(await metrics()).toMatch(
      /tradewind_consumer_interruptions_total\{consumer="tiers",source="order",reason="ENDPOINTS_UNREACHABLE".*\} 2/,
    );
  });
});

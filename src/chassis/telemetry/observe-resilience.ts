import { Counter, Gauge } from 'prom-client';

import type { Guarded } from '../resilience/index.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** What policies guard in a process, by the name it has in logs and metrics: "carrier". */
export type GuardedByName = Readonly<Record<string, Guarded>>;

/** Logs breakers that open and close. */
export function logPolicies(guards: GuardedByName, logger: Logger): void {
  for (const [guard, { events }] of Object.entries(guards)) {
    events.on('breakerChanged', ({ subject, from, to }) => {
      const level = to === 'halfOpen' || from === 'halfOpen' ? 'info' : 'warn';
      logger[level]({ guard, subject, from, to }, 'circuit breaker');
    });
    events.on('fellBack', ({ error }) => logger.debug({ guard, err: error }, 'something else was given instead'));
  }
}

/** Counts what policies do, and shows where breakers and bulkheads stand. */
export function measurePolicies(guards: GuardedByName, metrics: Metrics): void {
  const registers = [metrics.registry];
  const rejections = new Counter({
    name: 'tradewind_policy_rejections_total',
    help: 'What was refused before anybody worked on it, by what and why.',
    labelNames: ['guard', 'reason'],
    registers,
  });
  const actions = new Counter({
    name: 'tradewind_policy_actions_total',
    help: 'What policies did: retry, hedge, timeout, fallback.',
    labelNames: ['guard', 'action'],
    registers,
  });
  for (const [guard, { events }] of Object.entries(guards)) {
    events.on('rejected', ({ reason }) => rejections.inc({ guard, reason }));
    events.on('retried', () => actions.inc({ guard, action: 'retry' }));
    events.on('hedged', () => actions.inc({ guard, action: 'hedge' }));
    events.on('timedOut', () => actions.inc({ guard, action: 'timeout' }));
    events.on('fellBack', () => actions.inc({ guard, action: 'fallback' }));
  }
  showStates(guards, metrics);
}

/** Read when somebody looks: the states are kept where they change. */
function showStates(guards: GuardedByName, metrics: Metrics): void {
  const registers = [metrics.registry];
  const statuses = () =>
    Object.entries(guards).flatMap(([guard, { status }]) => (status === undefined ? [] : [{ guard, ...status() }]));
  new Gauge({
    name: 'tradewind_breaker_state',
    help: '1 for the state that a breaker is in.',
    labelNames: ['guard', 'subject', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { guard, breakers } of statuses()) {
        for (const { subject, state } of breakers) this.set({ guard, subject, state: state.kind }, 1);
      }
    },
  });
  new Gauge({
    name: 'tradewind_bulkhead_calls',
    help: 'What is in a bulkhead and what waits before it.',
    labelNames: ['guard', 'subject', 'where'],
    registers,
    collect() {
      this.reset();
      for (const { guard, bulkheads } of statuses()) {
        for (const { subject, inside, queued } of bulkheads) {
          this.set({ guard, subject, where: 'inside' }, inside);
          this.set({ guard, subject, where: 'queued' }, queued);
        }
      }
    },
  });
}

import { Counter, Gauge } from 'prom-client';

import type { ClientFactory } from '../client/index.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** Logs the breakers of methods that open, throttle and close again. */
export function logCalling({ events }: Pick<ClientFactory, 'events'>, logger: Logger): void {
  events.on('breakerState', (change) => {
    const isTrouble = change.to === 'throttling' || (change.to === 'open' && change.from === 'closed');
    logger[isTrouble ? 'warn' : 'info'](change, 'circuit breaker of a method');
  });
}

/** Counts what is refused, hedged, no longer tried again and answered otherwise, and shows breakers, budgets and bulkheads. */
export function measureCalling(clients: Pick<ClientFactory, 'events' | 'status'>, { registry }: Metrics): void {
  const { events } = clients;
  const registers = [registry];
  const rejections = new Counter({
    name: 'tradewind_client_rejections_total',
    help: "Calls that were not sent, because of their method's breaker or their target's bulkhead.",
    labelNames: ['target', 'method', 'by'],
    registers,
  });
  const stops = new Counter({
    name: 'tradewind_client_retries_stopped_total',
    help: 'Calls that failed when they had been tried again as often as may be, by what forbade another attempt.',
    labelNames: ['target', 'method', 'why'],
    registers,
  });
  const hedges = new Counter({
    name: 'tradewind_client_hedges_total',
    help: 'Second attempts beside slow ones: sent, and won, those among them that answered first.',
    labelNames: ['target', 'method', 'outcome'],
    registers,
  });
  const fallbacks = new Counter({
    name: 'tradewind_client_fallbacks_total',
    help: 'Calls that failed and were answered by a fallback of their caller, by what they failed with.',
    labelNames: ['target', 'method', 'status'],
    registers,
  });
  events.on('callRejected', (labels) => rejections.inc({ ...labels }));
  events.on('retriesStopped', (labels) => stops.inc({ ...labels }));
  events.on('hedged', (labels) => hedges.inc({ ...labels, outcome: 'sent' }));
  events.on('hedgeWon', (labels) => hedges.inc({ ...labels, outcome: 'won' }));
  events.on('fallbackUsed', (labels) => fallbacks.inc({ ...labels }));
  showTargets(clients, registry);
}

/** Read when somebody looks: the numbers are kept where calls are made. */
function showTargets({ status }: Pick<ClientFactory, 'status'>, registry: Metrics['registry']): void {
  const registers = [registry];
  new Gauge({
    name: 'tradewind_client_breaker_state',
    help: '1 for the state of a breaker that is not closed; those that are closed are not listed.',
    labelNames: ['target', 'method', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { target, breakers } of status()) {
        for (const { method, state } of breakers) {
          if (state.kind !== 'closed') this.set({ target, method, state: state.kind }, 1);
        }
      }
    },
  });
  new Gauge({
    name: 'tradewind_client_retry_budget',
    help: 'Retries and hedges that may be sent to a target at once.',
    labelNames: ['target'],
    registers,
    collect() {
      for (const { target, retryBudget } of status()) this.set({ target }, retryBudget);
    },
  });
  new Gauge({
    name: 'tradewind_client_bulkhead_calls',
    help: "Calls in a target's bulkhead, those that wait before it, and how many it holds.",
    labelNames: ['target', 'where'],
    registers,
    collect() {
      this.reset();
      for (const { target, bulkhead } of status()) {
        if (bulkhead === undefined) continue;
        this.set({ target, where: 'inside' }, bulkhead.inside);
        this.set({ target, where: 'queued' }, bulkhead.queued);
        this.set({ target, where: 'max' }, bulkhead.maxConcurrent);
      }
    },
  });
}

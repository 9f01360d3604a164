import { describe, expect, it } from '@jest/globals';

import type { ClientFactory, ClientFactoryEvents, TargetStatus } from '../../../../src/chassis/client/index.ts';
import { createEmitter } from '../../../../src/chassis/core/index.ts';
import { createMetrics, measureCalling } from '../../../../src/chassis/telemetry/index.ts';

const METHOD = '/tradewind.user.v1.UserService/GetUser';
const OF = { target: 'etcd:///user', method: METHOD };

describe('measureCalling', () => {
  it('counts what happens to calls, and shows breakers, budget and bulkhead as they are when somebody looks', async () => {
    const events = createEmitter<ClientFactoryEvents>();
    let target: Partial<TargetStatus> = {
      target: OF.target,
      retryBudget: 12,
      bulkhead: { subject: OF.target, inside: 3, queued: 1, maxConcurrent: 10, maxQueued: 5, rejections: 0 },
      breakers: [
        { method: METHOD, state: { kind: 'open', untilMs: 1 }, rejections: 4 },
        { method: '/tradewind.user.v1.UserService/ListUsers', state: { kind: 'closed' }, rejections: 0 },
      ],
    };
    const clients = { events, status: () => [target] } as unknown as ClientFactory; // what is read of it
    const metrics = createMetrics({ process: 'gateway', instance: 'g-1' });
    measureCalling(clients, metrics);
    events.emit('callRejected', { ...OF, by: 'breaker' });
    events.emit('retriesStopped', { ...OF, why: 'budget' });
    events.emit('hedged', OF);
    events.emit('hedged', OF);
    events.emit('hedgeWon', OF);
    events.emit('fallbackUsed', { ...OF, status: 'UNAVAILABLE' });
    const lines = async () =>
      (await metrics.registry.metrics())
        .split('\n')
        .filter((line) => line.startsWith('tradewind_client_') && line.includes('target='))
        .map((line) => line.replace(/,?(process|instance|target|method)="[^"]*"/g, '').replace('{,', '{'))
        .map((line) => line.replace('tradewind_client_', ''));
    expect((await lines()).toSorted()).toEqual([
      'breaker_state{state="open"} 1',
      'bulkhead_calls{where="inside"} 3',
      'bulkhead_calls{where="max"} 10',
      'bulkhead_calls{where="queued"} 1',
      'fallbacks_total{status="UNAVAILABLE"} 1',
      'hedges_total{outcome="sent"} 2',
      'hedges_total{outcome="won"} 1',
      'rejections_total{by="breaker"} 1',
      'retries_stopped_total{why="budget"} 1',
      'retry_budget{} 12',
    ]);
    target = { ...target, bulkhead: undefined, breakers: [] };
    expect((await lines()).filter((line) => /^(breaker|bulkhead)/.test(line))).toEqual([]);
  });
});

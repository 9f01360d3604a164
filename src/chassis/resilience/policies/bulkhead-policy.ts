import { AppError, createEmitter } from '../../core/index.ts';
import type { Bulkhead } from '../bulkhead.ts';
import { contextOf, type Policy, type PolicyEvents } from './policy.ts';

/**
 * Work takes a place in the bulkhead, and waits for one until its deadline. Rejects with AppError BULKHEAD_FULL where there
 * is none.
 */
export function bulkheadPolicy(bulkhead: Bulkhead): Policy {
  const events = createEmitter<PolicyEvents>();
  return {
    events,
    async execute(work, partial) {
      const context = contextOf(partial);
      if (!bulkhead.tryEnter()) {
        await bulkhead.enter(context).catch((error: unknown) => {
          if (error instanceof AppError) events.emit('rejected', { reason: 'BULKHEAD_FULL' });
          throw error;
        });
      }
      try {
        return await work(context);
      } finally {
        bulkhead.leave();
      }
    },
  };
}

import { createEmitter } from '../../core/index.ts';
import type { Bulkhead } from '../bulkhead.ts';
import { isOwnRejection } from '../outcome.ts';
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
          if (isOwnRejection(error)) events.emit('rejected', { subject: bulkhead.subject, reason: 'BULKHEAD_FULL' });
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

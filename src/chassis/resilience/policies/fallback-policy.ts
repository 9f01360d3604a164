import { createEmitter } from '../../core/index.ts';
import { isUnavailability } from '../outcome.ts';
import { contextOf, type Policy, type PolicyEvents } from './policy.ts';

/** What is given instead, and for which errors. */
export interface FallbackPolicyOptions<Fallback> {
  readonly value: (error: unknown) => Fallback | Promise<Fallback>;
  /** Default: what a breaker counts as a failure, and what was refused on this side. Never what the caller gave up. */
  readonly handles?: (error: unknown) => boolean;
}

/** Gives something else where the work cannot be done. An answer such as NOT_FOUND is an answer, and passes. */
export function fallbackPolicy<Fallback>({
  value,
  handles = isUnavailability,
}: FallbackPolicyOptions<Fallback>): Policy<Fallback> {
  const events = createEmitter<PolicyEvents>();
  return {
    events,
    async execute(work, partial) {
      try {
        return await work(contextOf(partial));
      } catch (error) {
        if (!handles(error)) throw error;
        events.emit('fellBack', { error });
        return value(error);
      }
    },
  };
}

import { createEmitter } from '../../core/index.ts';
import { rateLimited } from '../rejections.ts';
import type { TokenBucket } from '../token-bucket.ts';
import { contextOf, type Policy, type PolicyEvents } from './policy.ts';

/**
 * Each piece of work takes a token. Rejects with AppError RATE_LIMITED, with RetryInfo, when there is none. `subject` is what
 * is limited, in errors: "mails to one customer".
 */
export function rateLimitPolicy(bucket: TokenBucket, { subject }: { readonly subject: string }): Policy {
  const events = createEmitter<PolicyEvents>();
  return {
    events,
    async execute(work, partial) {
      if (!bucket.tryTake()) {
        events.emit('rejected', { subject, reason: 'RATE_LIMITED' });
        throw rateLimited(subject, bucket.retryAfterMs);
      }
      return work(contextOf(partial));
    },
  };
}

import { assertNever, type Clock } from '../core/index.ts';
import { followInterruptions, type ConsumerDefinition, type ConsumerMember } from '../events/index.ts';
import type { Check, Part } from '../health/index.ts';

/** Shorter interruptions are those of a publisher that is being started again, in milliseconds. */
const LONG_MS = 30_000;

/** A consumer that runs here. */
export interface RunningConsumer {
  readonly member: Pick<ConsumerMember, 'events'>;
  readonly definition: Pick<ConsumerDefinition, 'name' | 'source'>;
}

/**
 * The component `consumers`: degraded while one of them does not get at its events for long, or never will by itself. Never unhealthy: calls are
 * served without.
 */
export function consumersCheck(process: string, running: readonly RunningConsumer[], clock: Clock): Check {
  const followed = running.map(({ member, definition }) => ({
    definition,
    interruption: followInterruptions(member.events, clock),
  }));
  return async () => {
    const parts = followed.map(({ definition, interruption }): Part => {
      const { name, source } = definition;
      const now = interruption();
      switch (now.kind) {
        case 'none':
          return { name, status: 'healthy' };
        case 'interrupted': {
          if (now.forMs < LONG_MS) return { name, status: 'healthy' };
          const why = `has not got at the events of ${source} for ${Math.round(now.forMs / 1_000)} s: ${now.error.message}`;
          return { name, status: 'degraded', why };
        }
        case 'expired': {
          const way = `\`tradewind events skip ${process} ${name} --to-oldest --reason ...\``;
          return { name, status: 'degraded', why: `was away for longer than ${source} keeps its events: ${way}` };
        }
        case 'ahead': {
          const way = `\`tradewind events replay ${process} ${name} --after 0 --reason ...\``;
          return {
            name,
            status: 'degraded',
            why: `has read more of ${source} than is there after its restore: ${way}`,
          };
        }
        default:
          return assertNever(now);
      }
    });
    const troubled = parts.filter(({ status }) => status !== 'healthy');
    if (troubled.length === 0) return { status: 'healthy', parts };
    return { status: 'degraded', why: troubled.map(({ name, why }) => `${name} ${why ?? ''}`).join('; '), parts };
  };
}

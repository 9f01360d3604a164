import { ConsumerServiceDefinition } from '../../../gen/tradewind/events/v1/consumer_service.ts';
import { contractRoutes, type AdminRoute } from '../admin/index.ts';
import type { Contract } from '../contract/index.ts';
import type { Clock } from '../core/index.ts';
import type { ConsumerHandlers } from '../events/index.ts';

/** What the index says of each route. */
const ABOUT: Readonly<Record<keyof ConsumerHandlers, string>> = {
  listConsumers: 'consumers of events: who shares their work, how far they are, how far behind',
  listDeadLetters: 'events that were given up; ?consumer=, type=, aggregate_id=, reason=, since=, until=',
  getDeadLetter: 'one of them, with its data and stack',
  redriveDeadLetters: 'gives them to their handlers again',
  discardDeadLetters: 'removes them without effect',
  listParkedEvents: 'events that wait for another try',
  retryParkedEvents: 'has them tried now',
  replayConsumer: 'has a consumer read again what follows a position or a time',
  skipTo: 'has a consumer leave out what comes up to a position',
  pauseConsumer: 'stops a consumer on all its members',
  resumeConsumer: 'lets it go on',
  listActions: 'what operators did to consumers',
};

/** ConsumerService over HTTP and JSON, for an operator with curl: the paths and messages of tradewind/events/v1/consumer_service.proto. */
export function consumerRoutes(
  handlers: ConsumerHandlers,
  { contract, clock }: { readonly contract: Contract; readonly clock: Clock },
): readonly AdminRoute[] {
  const names = Object.keys(ABOUT) as (keyof ConsumerHandlers)[]; // of that very type
  const answers = Object.fromEntries(
    names.map((name) => [
      name,
      (request: never, signal: AbortSignal) => (handlers[name] as Answer)(request, { signal }),
    ]),
  ) as Record<keyof ConsumerHandlers, (request: never, signal: AbortSignal) => Promise<unknown>>; // one for each name
  return contractRoutes({ definition: ConsumerServiceDefinition, handlers: answers, about: ABOUT, contract, clock });
}

type Answer = (request: never, answering: { readonly signal: AbortSignal }) => Promise<unknown>;

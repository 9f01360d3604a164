import { EventServiceDefinition } from '../../../gen/tradewind/events/v1/event_service.ts';
import type { AdminRoute } from '../admin/index.ts';
import type { Contract } from '../contract/index.ts';
import type { Backlog } from '../diagnostics/index.ts';
import {
  consumerBacklogs,
  createConsumerHandlers,
  createConsumerService,
  createConsumerWatch,
  createPublisherLog,
  type ConsumerDefinition,
} from '../events/index.ts';
import type { ServiceBinding } from '../server/index.ts';
import type { Database } from '../store/index.ts';
import { measureConsumerLag } from '../telemetry/index.ts';
import { consumerRoutes } from './consumer-routes.ts';
import type { OpenParts, ServiceParts } from './parts.ts';
import type { BackgroundTask } from './service-definition.ts';

/** What operators see and do of a process's consumers. */
export interface ConsumerOperations {
  readonly grpc: readonly ServiceBinding[];
  readonly routes: readonly AdminRoute[];
  readonly backlogs: readonly Backlog[];
  readonly background: readonly BackgroundTask[];
}

/** ConsumerService, and its HTTP face; nothing where the process runs no consumer. */
export function openConsumerOperations(
  { process, telemetry, clock, newId }: ServiceParts,
  { context }: OpenParts,
  options: {
    readonly database: Database;
    readonly definitions: readonly ConsumerDefinition[];
    readonly contract: Contract;
  },
): ConsumerOperations {
  const { database, definitions, contract } = options;
  if (definitions.length === 0) return { grpc: [], routes: [], backlogs: [], background: [] };
  const publisher = (source: string) => createPublisherLog(context.client(EventServiceDefinition, source));
  const { pageTokens } = context;
  const handlers = createConsumerHandlers({ database, definitions, publisher, pageTokens, clock, newId });
  const watch = createConsumerWatch({ database, definitions, publisher, clock });
  measureConsumerLag(watch.events, telemetry.metrics);
  return {
    grpc: [createConsumerService(handlers)],
    routes: consumerRoutes(handlers, { contract, clock }),
    backlogs: consumerBacklogs(database, process),
    background: [{ name: 'consumer-lag', run: (signal) => watch.run(signal) }],
  };
}

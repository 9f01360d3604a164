import { EventServiceDefinition } from '../../../gen/tradewind/events/v1/event_service.ts';
import type { AdminRoute } from '../admin/index.ts';
import type { Contract } from '../contract/index.ts';
import type { Backlog } from '../diagnostics/index.ts';
import {
  consumerBacklogs,
  createConsumerHandlers,
  createConsumerService,
  createPublisherLog,
  type ConsumerDefinition,
} from '../events/index.ts';
import type { ServiceBinding } from '../server/index.ts';
import type { Database } from '../store/index.ts';
import { consumerRoutes } from './consumer-routes.ts';
import type { OpenParts, ServiceParts } from './parts.ts';

/** What operators see and do of a process's consumers. */
export interface ConsumerOperations {
  readonly grpc: readonly ServiceBinding[];
  readonly routes: readonly AdminRoute[];
  readonly backlogs: readonly Backlog[];
}

/** ConsumerService, and its HTTP face; nothing where the process runs no consumer. */
export function openConsumerOperations(
  { process, clock, newId }: ServiceParts,
  { context }: OpenParts,
  options: {
    readonly database: Database;
    readonly definitions: readonly ConsumerDefinition[];
    readonly contract: Contract;
  },
): ConsumerOperations {
  const { database, definitions, contract } = options;
  if (definitions.length === 0) return { grpc: [], routes: [], backlogs: [] };
  const handlers = createConsumerHandlers({
    ...{ database, definitions, clock, newId, pageTokens: context.pageTokens },
    publisher: (source) => createPublisherLog(context.client(EventServiceDefinition, source)),
  });
  return {
    grpc: [createConsumerService(handlers)],
    routes: consumerRoutes(handlers, { contract, clock }),
    backlogs: consumerBacklogs(database, process),
  };
}

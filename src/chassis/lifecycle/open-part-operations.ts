import type { AdminRoute } from '../admin/index.ts';
import { createPartHandlers, createPartService, partRoutes } from '../choreography/index.ts';
import type { Contract } from '../contract/index.ts';
import type { ServiceBinding } from '../server/index.ts';
import type { OpenParts, ServiceParts } from './parts.ts';

/** What operators see and do of the parts that a process plays in what moves by events alone. */
export interface PartOperations {
  readonly grpc: readonly ServiceBinding[];
  readonly routes: readonly AdminRoute[];
}

/** PartService, and its HTTP face; nothing where the process plays no part. `parts`: their names. */
export function openPartOperations(
  { clock }: Pick<ServiceParts, 'clock'>,
  { context, database }: Pick<OpenParts, 'context' | 'database'>,
  { parts, contract }: { readonly parts: readonly string[]; readonly contract: Contract },
): PartOperations {
  if (database === undefined || parts.length === 0) return { grpc: [], routes: [] };
  const handlers = createPartHandlers({ database, parts, pageTokens: context.pageTokens });
  return { grpc: [createPartService(handlers)], routes: partRoutes(handlers, { contract, clock }) };
}

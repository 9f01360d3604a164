import { PartServiceDefinition } from '../../../../gen/tradewind/choreography/v1/part_service.ts';
import { contractRoutes, type AdminRoute } from '../../admin/index.ts';
import type { Contract } from '../../contract/index.ts';
import type { Clock } from '../../core/index.ts';
import type { PartHandlers } from './part-service.ts';

/** What the index says of each route. */
const ABOUT: Readonly<Record<keyof PartHandlers, string>> = {
  listParts: 'parts with a step that is not over; ?part=, subject=, step=, reason=, parked=true',
  getPart: 'one of them: what it has heard and told, its step, and what operators did to it',
  resumePart: 'has a parked step tried again',
  parkPart: 'stops a step until it is resumed',
};

/** PartService over HTTP and JSON, for an operator with curl: the paths and messages of tradewind/choreography/v1/part_service.proto. */
export function partRoutes(
  handlers: PartHandlers,
  { contract, clock }: { readonly contract: Contract; readonly clock: Clock },
): readonly AdminRoute[] {
  return contractRoutes({ definition: PartServiceDefinition, handlers, about: ABOUT, contract, clock });
}

import type { ListSagasRequest, SagaFilter as ProtoFilter } from '../../../gen/tradewind/order/v1/saga.ts';
import type { SagaFilter, SagaQuery, SagaStateKind } from '../../chassis/saga/index.ts';
import { fromProtoSagaStates } from './saga-history-view.ts';

/** The states of sagas that are not over. */
export const LIVE_STATES: readonly SagaStateKind[] = ['RUNNING', 'COMPENSATING', 'PARKED'];

/** Which sagas a filter of the contract names; none given, or no states in it: those that are not over. */
export function fromProtoFilter(filter: ProtoFilter | undefined): SagaFilter {
  if (filter === undefined) return { states: LIVE_STATES };
  const { sagaIds } = filter;
  return { states: LIVE_STATES, ...commonFilter(filter), ...(sagaIds.length > 0 && { ids: sagaIds }) };
}

/** What ListSagas asks for, but for its page. */
export function fromListRequest(request: ListSagasRequest): Omit<SagaQuery, 'limit'> {
  return {
    ...commonFilter(request),
    orderBy: request.orderBy.startsWith('update_time') ? 'update_time' : 'create_time',
    descending: request.orderBy.endsWith(' desc'),
  };
}

/** What both have; a field left empty filters nothing. */
function commonFilter(filter: Omit<ProtoFilter, 'sagaIds'>): SagaFilter {
  const { name, step, reason, orderId, minAgeSeconds, minIdleSeconds, minParkedSeconds } = filter;
  return {
    ...(filter.states.length > 0 && { states: fromProtoSagaStates(filter.states) }),
    ...(name !== '' && { name }),
    ...(orderId !== '' && { correlationKey: orderId }),
    ...(step !== '' && { step }),
    ...(reason !== '' && { reason }),
    ...(minAgeSeconds > 0n && { minAgeSeconds }),
    ...(minIdleSeconds > 0n && { minIdleSeconds }),
    ...(minParkedSeconds > 0n && { minParkedSeconds }),
  };
}

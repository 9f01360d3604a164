import type { EventFailure } from '../../../gen/tradewind/events/v1/consumer_service.ts';

/** "DEADLINE_EXCEEDED (HANDLER_TIMEOUT): the handler took longer than 10000 ms"; a reason that says no more than the status is left out. */
export function failureText(failure: EventFailure | undefined): string {
  if (failure === undefined) return '';
  const { status, reason, message } = failure;
  return `${status}${reason === '' || reason === status ? '' : ` (${reason})`}${message === '' ? '' : `: ${message}`}`;
}

/** "order/018f..."; empty where there is none. */
export function aggregateText(
  event: { readonly aggregateType: string; readonly aggregateId: string } | undefined,
): string {
  return event === undefined ? '' : `${event.aggregateType}/${event.aggregateId}`;
}

import { SpanKind } from '@opentelemetry/api';

import { contextOf, startWork } from '../../chassis/tracing/index.ts';
import type { Delivery, Notification } from './domain.ts';

/**
 * Hands a message over inside a span below the call that wanted it, where that is recorded. The span says which message it
 * is, never to whom it goes or what it says.
 */
export async function tracedDelivery(
  { id, channel, template, attempts }: Notification,
  traceparent: string | undefined,
  deliver: () => Promise<Delivery>,
): Promise<Delivery> {
  const attributes = {
    'messaging.system': channel.toLowerCase(),
    'messaging.operation.type': 'send',
    'messaging.message.id': id,
    'tradewind.template': template,
    'tradewind.attempt': attempts,
  };
  const work = { name: `send ${template}`, kind: SpanKind.PRODUCER, attributes };
  const span = startWork(work, contextOf(traceparent));
  if (span === undefined) return deliver();
  const delivery = await span.within(deliver); // it does not throw
  span.end(delivery.type === 'accepted' ? undefined : { type: delivery.type, message: delivery.error });
  return delivery;
}

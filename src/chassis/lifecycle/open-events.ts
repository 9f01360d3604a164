import { EventServiceDefinition } from '../../../gen/tradewind/events/v1/event_service.ts';
import { watchProcess } from '../alerts/index.ts';
import {
  createConsumerMember,
  createEventService,
  createFeedCourier,
  createOutboxTail,
  EVENTS_MIGRATIONS,
  type Courier,
} from '../events/index.ts';
import type { ServiceBinding } from '../server/index.ts';
import { observeConsumers } from '../telemetry/index.ts';
import type { OpenParts, ServiceParts } from './parts.ts';
import type { BackgroundTask, ServiceDefinition, Wiring } from './service-definition.ts';

/** What a process does about events: what it serves, and what runs beside the calls. */
export interface OpenEvents {
  readonly grpc: readonly ServiceBinding[];
  readonly background: readonly BackgroundTask[];
}

/** The publishing side of a process that has an outbox, and its consumers. */
export function openEvents(
  parts: ServiceParts,
  opened: OpenParts,
  { definition, wiring }: { readonly definition: Pick<ServiceDefinition, 'migrations'>; readonly wiring: Wiring },
): OpenEvents {
  const { clock } = parts;
  const { database } = opened;
  const hasOutbox = definition.migrations?.some(({ href }) => href === EVENTS_MIGRATIONS.href) ?? false;
  if (database === undefined || !hasOutbox) {
    if ((wiring.consumers?.length ?? 0) > 0) throw new Error('consumers need EVENTS_MIGRATIONS in their database');
    return { grpc: [], background: [] };
  }
  const tail = createOutboxTail({ database, clock });
  const consumers = openConsumers(parts, opened, { wiring, courier: openCourier(opened) });
  return {
    grpc: [createEventService({ database, tail, clock })],
    background: [{ name: 'outbox-tail', run: (signal) => tail.run(signal) }, ...consumers],
  };
}

function openCourier({ context }: OpenParts): Courier {
  return createFeedCourier({ client: (source) => context.client(EventServiceDefinition, source) });
}

function openConsumers(
  { process, instance, telemetry, alerts, clock, random, newId, closing }: ServiceParts,
  { database }: OpenParts,
  { wiring, courier }: { readonly wiring: Wiring; readonly courier: Courier },
): readonly BackgroundTask[] {
  const definitions = wiring.consumers ?? [];
  if (database === undefined || definitions.length === 0) return [];
  closing.add('courier', () => courier.close());
  const members = definitions.map((definition) =>
    createConsumerMember({ definition, database, courier, member: instance, clock, random, newId }),
  );
  observeConsumers(members, telemetry);
  watchProcess(alerts, process, { consumers: members.map(({ events }) => events) });
  return members.map((member) => ({
    name: `consumer ${process}/${member.name}`,
    run: (signal: AbortSignal) => member.run(signal),
  }));
}

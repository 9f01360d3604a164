import type { AdminRoute } from '../admin/index.ts';
import { watchProcess } from '../alerts/index.ts';
import { ConfigurationError, type BaseConfiguration } from '../config/index.ts';
import type { Contract } from '../contract/index.ts';
import type { Events } from '../core/index.ts';
import type { Backlog } from '../diagnostics/index.ts';
import {
  createConsumerMember,
  createEventDays,
  createEventService,
  createOutboxTail,
  EVENTS_MIGRATIONS,
  outboxBacklog,
  type BrokerEvents,
  type Courier,
  type Retention,
} from '../events/index.ts';
import type { Check } from '../health/index.ts';
import type { ServiceBinding } from '../server/index.ts';
import type { Database } from '../store/index.ts';
import { observeConsumers } from '../telemetry/index.ts';
import { consumersCheck } from './consumers-check.ts';
import { openConsumerOperations } from './open-consumer-operations.ts';
import { openCourier } from './open-courier.ts';
import type { OpenParts, ServiceParts } from './parts.ts';
import type { BackgroundTask, ServiceDefinition, Wiring } from './service-definition.ts';

/** What a process does about events: what it serves, what runs beside the calls, and what may wait. */
export interface OpenEvents {
  readonly grpc: readonly ServiceBinding[];
  readonly routes: readonly AdminRoute[];
  readonly background: readonly BackgroundTask[];
  readonly backlogs: readonly Backlog[];
  /** Components of the process's health. */
  readonly checks: Readonly<Record<string, Check>>;
  /** Undefined: no broker carries its events. */
  readonly broker: Events<BrokerEvents> | undefined;
}

/** The publishing side of a process that has an outbox, and its consumers. */
export async function openEvents(
  parts: ServiceParts,
  opened: OpenParts,
  options: {
    readonly definition: Pick<ServiceDefinition, 'migrations'>;
    readonly wiring: Wiring;
    readonly contract: Contract;
  },
): Promise<OpenEvents> {
  const { definition, wiring, contract } = options;
  const { clock } = parts;
  const { database } = opened;
  const hasOutbox = definition.migrations?.some(({ href }) => href === EVENTS_MIGRATIONS.href) ?? false;
  if (database === undefined || !hasOutbox) {
    if ((wiring.consumers?.length ?? 0) > 0) throw new Error('consumers need EVENTS_MIGRATIONS in their database');
    return { grpc: [], routes: [], background: [], backlogs: [], checks: {}, broker: undefined };
  }
  const retention = retentionOf(parts.config);
  const days = await openDays(parts, database, retention);
  const tail = createOutboxTail({ database, clock });
  const { courier, ...carrying } = openCourier(parts, opened, { database, tail });
  const consumers = openConsumers(parts, opened, { wiring, courier });
  const definitions = wiring.consumers ?? [];
  const operations = openConsumerOperations(parts, opened, { database, definitions, contract });
  return {
    grpc: [createEventService({ database, tail, clock, courier: courier.name }), ...operations.grpc],
    routes: operations.routes,
    background: [
      { name: 'outbox-tail', run: (signal) => tail.run(signal) },
      { name: 'event-days', run: (signal) => days.run(signal) },
      ...carrying.background,
      ...consumers.background,
      ...operations.background,
    ],
    backlogs: [outboxBacklog(database, retention), ...carrying.backlogs, ...operations.backlogs],
    checks: consumers.checks,
    broker: carrying.events,
  };
}

/** Throws a ConfigurationError where events could take effect twice. */
function retentionOf({ EVENTS_OUTBOX_DAYS, EVENTS_INBOX_DAYS }: BaseConfiguration): Retention {
  if (EVENTS_INBOX_DAYS > EVENTS_OUTBOX_DAYS) return { outboxDays: EVENTS_OUTBOX_DAYS, inboxDays: EVENTS_INBOX_DAYS };
  const rule = `must be more than EVENTS_OUTBOX_DAYS (${EVENTS_OUTBOX_DAYS}), or what is read again takes effect again`;
  throw new ConfigurationError([{ key: 'EVENTS_INBOX_DAYS', rule, value: String(EVENTS_INBOX_DAYS) }]);
}

/** Partitions for what is written from now on; where others hold the tables they are made a little later, by the background task. */
async function openDays({ clock, telemetry }: ServiceParts, database: Database, retention: Retention) {
  const days = createEventDays({ database, clock, retention });
  days.events.on('kept', (kept) => telemetry.logger.info(kept, 'made and dropped days of outbox and inbox'));
  await days.keep().catch((error: unknown) => {
    telemetry.logger.warn(
      { err: error },
      'days of outbox and inbox could not be made yet; events wait in the default partition',
    );
  });
  return days;
}

function openConsumers(
  { process, instance, telemetry, alerts, clock, random, newId }: ServiceParts,
  { database }: OpenParts,
  { wiring, courier }: { readonly wiring: Wiring; readonly courier: Courier },
): Pick<OpenEvents, 'background' | 'checks'> {
  const definitions = wiring.consumers ?? [];
  if (database === undefined || definitions.length === 0) return { background: [], checks: {} };
  const running = definitions.map((definition) => ({
    definition,
    member: createConsumerMember({ definition, database, courier, member: instance, clock, random, newId }),
  }));
  const members = running.map(({ member }) => member);
  observeConsumers(members, telemetry);
  watchProcess(alerts, process, { consumers: members.map(({ events }) => events) });
  return {
    background: members.map((member) => ({
      name: `consumer ${process}/${member.name}`,
      run: (signal: AbortSignal) => member.run(signal),
    })),
    checks: { consumers: consumersCheck(process, running, clock) },
  };
}

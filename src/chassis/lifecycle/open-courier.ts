import { EventServiceDefinition } from '../../../gen/tradewind/events/v1/event_service.ts';
import { ConfigurationError, type Secret } from '../config/index.ts';
import { assertNever, createEmitter, type Events } from '../core/index.ts';
import type { Backlog } from '../diagnostics/index.ts';
import {
  createBrokerCourier,
  createBrokerLink,
  createFeedCourier,
  createNatsBroker,
  createRabbitmqBroker,
  createRelay,
  relayBacklog,
  type BrokerAdapter,
  type BrokerEvents,
  type Courier,
  type OutboxTail,
} from '../events/index.ts';
import type { Database } from '../store/index.ts';
import { observeBroker } from '../telemetry/index.ts';
import type { OpenParts, ServiceParts } from './parts.ts';
import type { BackgroundTask } from './service-definition.ts';

/** What carries events to a process, and what has to run so that its own are carried. */
export interface OpenCourier {
  readonly courier: Courier;
  readonly background: readonly BackgroundTask[];
  readonly backlogs: readonly Backlog[];
  /** What happens between process and broker; undefined: there is none. */
  readonly events: Events<BrokerEvents> | undefined;
}

/** The courier that the configuration names. Over a broker, the process also hands its own outbox to it. Throws a ConfigurationError without its URL. */
export function openCourier(
  parts: ServiceParts,
  { context }: Pick<OpenParts, 'context'>,
  { database, tail }: { readonly database: Database; readonly tail: OutboxTail },
): OpenCourier {
  const { process, instance, telemetry, clock, random, closing } = parts;
  const client = (source: string) => context.client(EventServiceDefinition, source);
  const adapter = brokerOf(parts);
  if (adapter === undefined)
    return { courier: createFeedCourier({ client }), background: [], backlogs: [], events: undefined };
  const events = createEmitter<BrokerEvents>();
  observeBroker(events, telemetry);
  const link = createBrokerLink(adapter, events, clock);
  const courier = createBrokerCourier({ link, client, events, clock });
  closing.add('courier', () => courier.close());
  const relay = createRelay({ source: process, owner: instance, database, tail, link, events, clock, random });
  return {
    courier,
    background: [{ name: 'relay', run: (signal) => relay.run(signal) }],
    backlogs: [relayBacklog(database, adapter.name)],
    events,
  };
}

function brokerOf({ config, instance, clock }: ServiceParts): BrokerAdapter | undefined {
  const { EVENTS_COURIER: courier, EVENTS_OUTBOX_DAYS: days } = config;
  const common = { name: `tradewind/${instance}`, retentionMs: days * DAY_MS, clock };
  switch (courier) {
    case 'feed':
      return undefined;
    case 'nats':
      return createNatsBroker({ ...common, url: required('NATS_URL', config.NATS_URL, courier) });
    case 'rabbitmq':
      return createRabbitmqBroker({ ...common, url: required('RABBITMQ_URL', config.RABBITMQ_URL, courier) });
    default:
      return assertNever(courier);
  }
}

const DAY_MS = 24 * 60 * 60_000;

function required(key: string, url: Secret | undefined, courier: string): string {
  if (url !== undefined) return url.reveal();
  throw new ConfigurationError([{ key, rule: `is required with EVENTS_COURIER=${courier}` }]);
}

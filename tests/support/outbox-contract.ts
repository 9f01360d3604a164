import { readdir } from 'node:fs/promises';

import { fromJson, type JsonValue } from '@bufbuild/protobuf';

import { eventsOf, loadContract, type Contract, type EventContract } from '../../src/chassis/contract/index.ts';
import type { Queryable } from '../../src/chassis/store/index.ts';

/** An event as a service wrote it. */
export interface WrittenEvent {
  readonly type: string;
  readonly aggregate_type: string;
  readonly payload: JsonValue;
}

/** What services may write into their outboxes. */
export interface OutboxContract {
  readonly events: readonly EventContract[];
  /** What is wrong with an event of this process, or undefined. A field that its message does not have is wrong as well. */
  fault(source: string, event: WrittenEvent): string | undefined;
}

/** Reads it from the contract of the suite. */
export async function readOutboxContract(): Promise<OutboxContract> {
  const contract = await loadContract();
  const events = eventsOf(contract);
  return { events, fault: (source, event) => faultOf(contract, events, source, event) };
}

function faultOf(
  { registry }: Contract,
  events: readonly EventContract[],
  source: string,
  { type, aggregate_type: aggregate, payload }: WrittenEvent,
): string | undefined {
  const known = events.find((event) => event.type === type);
  if (known === undefined) return `${type} is in no contract`;
  if (known.source !== source) return `${type} is told by ${source}, not by ${known.source}`;
  if (known.aggregate !== aggregate) return `${type} is told of a ${aggregate}, not of a ${known.aggregate}`;
  try {
    fromJson(known.message, payload, { registry, ignoreUnknownFields: false });
    return undefined;
  } catch (error) {
    return `${type}: ${error instanceof Error ? error.message : String(error)} in ${JSON.stringify(payload)}`;
  }
}

/** The process whose tables are in the database, by the migrations it has; undefined: no service's, or one without an outbox. */
export async function publisherOf(database: Queryable): Promise<string | undefined> {
  const present = await database.one<{ readonly outbox: boolean }>({
    name: 'has-outbox',
    text: `SELECT to_regclass('outbox') IS NOT NULL AND to_regclass('schema_migration') IS NOT NULL AS outbox`,
  });
  if (present?.outbox !== true) return undefined;
  const applied = await database.rows<{ readonly name: string }>({
    name: 'applied-migrations',
    text: 'SELECT name FROM schema_migration ORDER BY name', // "loyalty/0001-points.sql"
  });
  const services = await readdir(new URL('../../src/services/', import.meta.url));
  const folders = new Set(applied.map(({ name }) => name.split('/')[0]));
  return services.find((service) => folders.has(service));
}

/** What is wrong with the events in a database, once for each type; empty: nothing, or no service wrote any. */
export async function outboxFaults(database: Queryable, contract: OutboxContract): Promise<readonly string[]> {
  const source = await publisherOf(database);
  if (source === undefined) return [];
  const written = await database.rows<WrittenEvent>({
    name: 'written-events',
    text: 'SELECT type, aggregate_type, payload FROM outbox ORDER BY position',
  });
  const faults = new Map<string, string>();
  for (const event of written) {
    const fault = faults.has(event.type) ? undefined : contract.fault(source, event);
    if (fault !== undefined) faults.set(event.type, fault);
  }
  return [...faults.values()];
}

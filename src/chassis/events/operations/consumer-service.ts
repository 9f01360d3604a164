import {
  ConsumerServiceDefinition,
  type ConsumerServiceImplementation,
  type DeadLetterFilter as ProtoFilter,
  type DeadLetterIds,
  type ReplayConsumerRequest,
  type SkipToRequest,
} from '../../../../gen/tradewind/events/v1/consumer_service.ts';
import { AppError, currentCall, invalidArgument, type Clock, type NewId } from '../../core/index.ts';
import { administratorOf } from '../../security/index.ts';
import { bind, type ServiceBinding } from '../../server/index.ts';
import { pageSize, toPage, type Database, type PageTokens } from '../../store/index.ts';
import type { ConsumerDefinition } from '../consumer/index.ts';
import { listActions, noteAction, type By } from './actions.ts';
import { consumerStatus } from './consumer-status.ts';
import { getDeadLetter, listDeadLetters, type DeadLetter, type DeadLetterFilter } from './dead-letters.ts';
import { toAction, toConsumer, toDeadLetterMessage, toParkedMessage, toResult } from './messages.ts';
import { replay, skip, type MovedPartition, type ReplayFrom, type SkipTarget } from './move-positions.ts';
import { listParkedEvents, retryParkedNow } from './parked-events.ts';
import { pauseConsumer, resumeConsumer } from './pauses.ts';
import type { PublisherLog } from './publisher-log.ts';
import { discardDeadLetter, redriveDeadLetter, type DeadLetterOutcome } from './redrive.ts';

/** What a process's ConsumerService is made of. */
export interface ConsumerServiceOptions {
  readonly database: Database;
  /** The consumers that the process runs. */
  readonly definitions: readonly ConsumerDefinition[];
  /** The log of a publishing process. */
  readonly publisher: (source: string) => PublisherLog;
  readonly pageTokens: PageTokens;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** What ends with the call that asked. */
type Answering = { readonly signal: AbortSignal };
type Answer<Name extends keyof ConsumerServiceImplementation> = (
  request: Parameters<ConsumerServiceImplementation[Name]>[0],
  answering: Answering,
) => ReturnType<ConsumerServiceImplementation[Name]>;

/** The answers of ConsumerService, whichever way they are asked for: over gRPC, or at the admin port. */
export type ConsumerHandlers = { readonly [Name in keyof ConsumerServiceImplementation]: Answer<Name> };

/** So many dead letters are tried at one call. */
const LETTERS = 100;

/** The same over gRPC. */
export function createConsumerService(handlers: ConsumerHandlers): ServiceBinding {
  return bind(ConsumerServiceDefinition, handlers);
}

/** The answers. Administrators and callers inside the suite only. */
export function createConsumerHandlers(options: ConsumerServiceOptions): ConsumerHandlers {
  const { database, definitions, publisher, pageTokens, clock } = options;
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));

  function definitionOf(name: string): ConsumerDefinition {
    const definition = byName.get(name);
    if (definition !== undefined) return definition;
    const known = [...byName.keys()].join(', ');
    const message = `this process runs no consumer ${JSON.stringify(name)}, but ${known}`;
    throw new AppError({ status: 'NOT_FOUND', reason: 'CONSUMER_NOT_FOUND', message });
  }

  const namesOf = (name: string) => ({ consumer: name, source: definitionOf(name).source });

  const moving = (
    request: { readonly consumer: string; readonly partition?: number | undefined; readonly reason: string },
    signal: AbortSignal,
  ) => {
    const by = byOperator(request.reason);
    const definition = definitionOf(request.consumer);
    const log = publisher(definition.source);
    return { ...{ database, definition, by, signal, publisher: log }, partition: request.partition };
  };

  /** Does something to each dead letter that is meant, one after the other. */
  async function each(
    request: {
      readonly target: Target | undefined;
      readonly pageToken: string;
      readonly reason: string;
    },
    method: string,
    work: (id: string, by: By) => Promise<DeadLetterOutcome>,
  ) {
    const by = byOperator(request.reason);
    const { ids, nextPageToken } = await meant(request, method);
    const results: DeadLetterOutcome[] = [];
    for (const id of ids) results.push(await work(id, by));
    return { results: results.map(toResult), nextPageToken };
  }

  async function meant(
    { target, pageToken }: { readonly target: Target | undefined; readonly pageToken: string },
    method: string,
  ) {
    if (target === undefined || target.$case === 'ids') return { ids: target?.value.ids ?? [], nextPageToken: '' };
    const filter = toFilter(target.value);
    const query = { method, ...filter };
    const cursor = pageTokens.decode(pageToken, query);
    // What fails again dies again, later: those that died since the first page are not meant.
    const begun = cursor?.[0] ?? new Date(clock.now()).toISOString();
    const until = new Date(Math.min(Date.parse(begun), filter.until?.getTime() ?? Number.MAX_SAFE_INTEGER));
    const rows = await listDeadLetters(
      database,
      { ...filter, until },
      { after: orderOf(cursor?.slice(1)), limit: LETTERS + 1 },
    );
    const page = toPage({
      rows,
      size: LETTERS,
      tokens: pageTokens,
      request: query,
      cursor: (letter) => [begun, ...cursorOf(letter)],
    });
    return { ids: page.rows.map(({ id }) => id), nextPageToken: page.nextPageToken };
  }

  return {
    async listConsumers({ consumer }, { signal }) {
      operator();
      const wanted = consumer === '' ? definitions : [definitionOf(consumer)];
      const statuses = await Promise.all(
        wanted.map((definition) =>
          consumerStatus(definition, { database, publisher: publisher(definition.source), signal }),
        ),
      );
      return { consumers: statuses.map(toConsumer).toSorted((one, other) => (one.name < other.name ? -1 : 1)) };
    },

    async listDeadLetters({ pageSize: requested, pageToken, ...rest }) {
      operator();
      const size = pageSize(requested);
      const filter = toFilter(rest);
      const query = { method: 'ListDeadLetters', ...filter };
      const after = orderOf(pageTokens.decode(pageToken, query));
      const rows = await listDeadLetters(database, filter, { after, limit: size + 1 });
      const page = toPage({ rows, size, tokens: pageTokens, request: query, cursor: cursorOf });
      return { deadLetters: page.rows.map(toDeadLetterMessage), nextPageToken: page.nextPageToken };
    },

    async getDeadLetter({ id }) {
      operator();
      const letter = await getDeadLetter(database, id);
      if (letter === undefined) {
        const message = `there is no dead letter ${id}, or not any more`;
        throw new AppError({ status: 'NOT_FOUND', reason: 'DEAD_LETTER_NOT_FOUND', message });
      }
      return { deadLetter: toDeadLetterMessage(letter) };
    },

    redriveDeadLetters: (request, { signal }) =>
      each(request, 'RedriveDeadLetters', (id, by) =>
        redriveDeadLetter(id, by, { ...options, signal, definitionOf: (name) => byName.get(name) }),
      ),

    discardDeadLetters: (request) =>
      each(request, 'DiscardDeadLetters', (id, by) => discardDeadLetter(id, by, database)),

    async listParkedEvents({ pageSize: requested, pageToken, ...rest }) {
      operator();
      const size = pageSize(requested);
      const filter = { consumer: rest.consumer || undefined, aggregateId: rest.aggregateId || undefined };
      const query = { method: 'ListParkedEvents', ...filter };
      const cursor = pageTokens.decode(pageToken, query);
      const [consumer = '', source = '', position = '0'] = cursor ?? [];
      const after = cursor && { consumer, source, position: BigInt(position) };
      const rows = await listParkedEvents(database, filter, { after, limit: size + 1 });
      const page = toPage({
        ...{ rows, size, tokens: pageTokens, request: query },
        cursor: ({ consumer: name, event }) => [name, event.source, String(event.position)],
      });
      return { parkedEvents: page.rows.map(toParkedMessage), nextPageToken: page.nextPageToken };
    },

    async retryParkedEvents({ consumer, aggregateId, reason }) {
      const by = byOperator(reason);
      const names = namesOf(consumer);
      const dueCount = await database.transaction(async (tx) => {
        const due = await retryParkedNow(tx, { consumer, aggregateId: aggregateId || undefined });
        await noteAction(tx, by, { action: 'retry', ...names, detail: { aggregate: aggregateId, due } });
        return due;
      });
      return { dueCount: BigInt(dueCount) };
    },

    async replayConsumer(request, { signal }) {
      const moved = await replay(fromOf(request), request.again, moving(request, signal));
      return { partitions: moved.map((one): MovedPartition => one) };
    },

    async skipTo(request, { signal }) {
      return { partitions: [...(await skip(targetOf(request), moving(request, signal)))] };
    },

    async pauseConsumer({ consumer, reason }) {
      const by = byOperator(reason);
      await pauseConsumer(namesOf(consumer), by, database);
      return {};
    },

    async resumeConsumer({ consumer, reason }) {
      const by = byOperator(reason);
      await resumeConsumer(namesOf(consumer), by, database);
      return {};
    },

    async listActions({ consumer, pageSize: requested, pageToken }) {
      operator();
      const size = pageSize(requested);
      const query = { method: 'ListActions', consumer };
      const [before] = pageTokens.decode(pageToken, query) ?? [];
      const rows = await listActions(database, {
        consumer: consumer || undefined,
        before: before === undefined ? undefined : BigInt(before),
        limit: size + 1,
      });
      const page = toPage({ rows, size, tokens: pageTokens, request: query, cursor: ({ id }) => [String(id)] });
      return { actions: page.rows.map(toAction), nextPageToken: page.nextPageToken };
    },
  };
}

type Target =
  { readonly $case: 'ids'; readonly value: DeadLetterIds } | { readonly $case: 'filter'; readonly value: ProtoFilter };

/** Throws unless the caller is an administrator, or inside the suite: "internal". */
function operator(): string {
  return administratorOf(currentCall()?.principal);
}

function byOperator(reason: string): By {
  return { actor: operator(), reason };
}

function toFilter(filter: ProtoFilter): DeadLetterFilter {
  const { consumer, type, aggregateType, aggregateId, reason, since, until } = filter;
  return {
    consumer: consumer || undefined,
    type: type || undefined,
    aggregateType: aggregateType || undefined,
    aggregateId: aggregateId || undefined,
    reason: reason || undefined,
    since,
    until,
  };
}

function cursorOf({ deathTime, id }: DeadLetter): readonly string[] {
  return [deathTime.toISOString(), id];
}

function orderOf(cursor: readonly string[] | undefined) {
  const [deathTime, id] = cursor ?? [];
  return deathTime === undefined || id === undefined ? undefined : { deathTime: new Date(deathTime), id };
}

function fromOf({ from }: ReplayConsumerRequest): ReplayFrom {
  switch (from?.$case) {
    case 'afterPosition':
      return { kind: 'after', position: from.value };
    case 'since':
      return { kind: 'since', time: from.value };
    case undefined:
      throw invalidArgument([{ field: 'from', description: 'must be set' }]);
  }
}

function targetOf({ to }: SkipToRequest): SkipTarget {
  switch (to?.$case) {
    case 'position':
      return { kind: 'position', position: to.value };
    case 'oldest':
      return { kind: 'oldest' };
    case 'newest':
      return { kind: 'newest' };
    case undefined:
      throw invalidArgument([{ field: 'to', description: 'must be set' }]);
  }
}

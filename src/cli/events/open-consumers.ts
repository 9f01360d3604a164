import { ConsumerServiceDefinition } from '../../../gen/tradewind/events/v1/consumer_service.ts';
import { EventServiceDefinition } from '../../../gen/tradewind/events/v1/event_service.ts';
import { CATALOGUE } from '../../catalogue.ts';
import type { ChassisClient } from '../../chassis/client/index.ts';
import { AppError } from '../../chassis/core/index.ts';
import type { CommandHost } from '../call.ts';
import { openClients, openRegistry, type SuiteOptions } from '../connect.ts';

/** What every `tradewind events` command takes. */
export interface EventsOptions extends SuiteOptions {
  /** An administrator's bearer token; default: TRADEWIND_TOKEN. It says who gave a command. */
  readonly token?: string;
  /** One JSON object a line instead of text. */
  readonly json?: boolean;
}

/** A client of ConsumerService. */
export type ConsumerClient = ChassisClient<typeof ConsumerServiceDefinition>;
/** A client of EventService. */
export type EventClient = ChassisClient<typeof EventServiceDefinition>;

/** Clients of the processes of a suite, and which there are. */
interface Opened {
  processes(): Promise<readonly string[]>;
  consumers(process: string): ConsumerClient;
  events(process: string): EventClient;
}

/** These speak no gRPC, or publish and consume nothing. */
const OTHERS: ReadonlySet<string> = new Set(CATALOGUE.filter(({ kind }) => kind !== 'service').map(({ name }) => name));

async function withSuite<T>(
  options: EventsOptions,
  host: CommandHost,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const token = options.token ?? host.environment['TRADEWIND_TOKEN'];
  const as = token === undefined || token === '' ? {} : { token };
  await using registry = await openRegistry(options, host.environment);
  await using opened = await openClients(options, host.environment, registry);
  const { clients } = opened;
  return await work({
    processes: async () => (await registry.processes(host.signal)).filter((name) => !OTHERS.has(name)).toSorted(),
    consumers: (process) => clients.client(ConsumerServiceDefinition, `registry:///${process}`, as),
    events: (process) => clients.client(EventServiceDefinition, `registry:///${process}`, as),
  }); // before the clients are closed
}

/** Lets the work ask one process about its consumers. */
export function withConsumers<T>(
  process: string,
  options: EventsOptions,
  host: CommandHost,
  work: (consumers: ConsumerClient) => Promise<T>,
): Promise<T> {
  return withSuite(options, host, ({ consumers }) => work(consumers(process)));
}

/** Lets the work ask one process about its outbox. */
export function withEvents<T>(
  process: string,
  options: EventsOptions,
  host: CommandHost,
  work: (events: EventClient) => Promise<T>,
): Promise<T> {
  return withSuite(options, host, ({ events }) => work(events(process)));
}

/** What a process answered. */
export interface OfProcess<T> {
  readonly process: string;
  readonly answer: T;
}

/**
 * Asks one process, or everyone who runs consumers; one after the other, so that a suite is not burdened. Who cannot be asked is told of in a
 * line, unless it was asked for alone.
 */
export async function askConsumers<T>(
  only: string | undefined,
  options: EventsOptions,
  host: CommandHost,
  ask: (consumers: ConsumerClient) => Promise<T>,
): Promise<readonly OfProcess<T>[]> {
  return withSuite(options, host, async ({ processes, consumers }) => {
    if (only !== undefined) return [{ process: only, answer: await ask(consumers(only)) }];
    const answers: OfProcess<T>[] = [];
    for (const process of await processes()) {
      try {
        answers.push({ process, answer: await ask(consumers(process)) });
      } catch (error) {
        if (!(error instanceof AppError) || host.signal.aborted) throw error;
        if (error.status === 'UNIMPLEMENTED') continue; // it runs none
        host.write(`${process} cannot be asked: ${error.status} (${error.reason}): ${error.message}\n`);
      }
    }
    return answers;
  });
}

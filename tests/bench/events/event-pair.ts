import { startBroker, type Broker } from '../../support/events/brokers.ts';
import { treeCpuMs } from '../cpu.ts';
import type { Figures } from '../figures.ts';
import { startSideProcess, type SideProcess } from '../side-process.ts';
import type { Delays, ReadRequest, WriteRequest } from './side.ts';

/** The rows of the table. */
export const EVENT_ROWS = ['feed', 'nats', 'rabbitmq', 'jetstream/bare'] as const;

/** One of them. */
export type EventRowName = (typeof EVENT_ROWS)[number];

/** What is measured; CPU times are of one event, in microseconds, those of servers where there is one. */
export type EventFigure =
  | 'eventsPerSecond'
  | 'p50Ms'
  | 'p99Ms'
  | 'halfLoadPerSecond'
  | 'publisherCpuUs'
  | 'consumerCpuUs'
  | 'postgresCpuUs'
  | 'brokerCpuUs';

/** One publisher and one consumer, with what is between them. */
export interface EventPair extends AsyncDisposable {
  readonly name: EventRowName;
  /** As many as it takes, with at most some thousands on their way; then half of that, evenly, for the delays. */
  measure(plan: { readonly peakMs: number; readonly halfMs: number }): Promise<Figures<EventFigure>>;
}

/** The server of both databases. */
export interface EventServer {
  readonly pid: number;
  ensureDatabase(name: string): Promise<{ reveal(): string }>;
}

/** Written and not handled, at most, while the peak is looked for. */
const WINDOW = 4_000;
const STEP_MS = 10;

/** Starts a row's processes; resolves when the consumer can read. */
export async function startEventPair(name: EventRowName, server: EventServer): Promise<EventPair> {
  const stack = new AsyncDisposableStack();
  try {
    const courier = name === 'jetstream/bare' ? 'nats' : name;
    const broker = stack.use(await startBroker(courier));
    const sides =
      name === 'jetstream/bare' ? await startBare(broker, stack) : await startOurs(courier, broker, server, stack);
    return {
      name,
      measure: (plan) => measure(sides, { plan, server, broker }),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

interface Sides {
  readonly publisher: SideProcess<WriteRequest>;
  readonly consumer: SideProcess<ReadRequest>;
}

const MAIN = new URL('./side.ts', import.meta.url);

async function startBare(broker: Broker | undefined, stack: AsyncDisposableStack): Promise<Sides> {
  const environment = broker?.environment ?? {};
  const publisher = stack.use(await startSideProcess<WriteRequest>(MAIN, { args: ['bare-publisher'], environment }));
  const consumer = stack.use(await startSideProcess<ReadRequest>(MAIN, { args: ['bare-consumer'], environment }));
  return { publisher, consumer };
}

async function startOurs(
  courier: string,
  broker: Broker | undefined,
  server: EventServer,
  stack: AsyncDisposableStack,
): Promise<Sides> {
  const environmentOf = async (role: string) => ({
    DATABASE_URL: (await server.ensureDatabase(`bench_${courier}_${role}`)).reveal(),
    EVENTS_COURIER: courier,
    LOG_LEVEL: 'warn',
    PAGE_TOKEN_SECRET: 'bench',
    OTEL_TRACES_SAMPLER_ARG: '0',
    SHUTDOWN_GRACE_MS: '0',
    ...broker?.environment,
  });
  const publisher = stack.use(
    await startSideProcess<WriteRequest>(MAIN, { args: ['teller'], environment: await environmentOf('teller') }),
  );
  const consumer = stack.use(
    await startSideProcess<ReadRequest>(MAIN, {
      args: ['listener'],
      environment: { ...(await environmentOf('listener')), TELLER: String(publisher.ready) },
    }),
  );
  return { publisher, consumer };
}

async function measure(
  { publisher, consumer }: Sides,
  {
    plan,
    server,
    broker,
  }: { plan: { peakMs: number; halfMs: number }; server: EventServer; broker: Broker | undefined },
): Promise<Figures<EventFigure>> {
  const handled = async () => Number(await consumer.ask({ kind: 'handled' }));
  const cpu = async () => ({
    publisher: Number(await publisher.ask({ kind: 'cpu' })),
    consumer: Number(await consumer.ask({ kind: 'cpu' })),
    postgres: 1_000 * treeCpuMs(server.pid),
    broker: broker?.server.pid === undefined ? 0 : 1_000 * treeCpuMs(broker.server.pid),
  });
  const before = await cpu();
  const first = await handled();
  const startedAtMs = performance.now();
  let count = 0;
  while (performance.now() - startedAtMs < plan.peakMs) {
    await publisher.ask({ kind: 'write', upTo: first + count + WINDOW });
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    count = (await handled()) - first;
  }
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const after = await cpu();
  await untilStill(handled);
  await consumer.ask({ kind: 'delays' });
  const eventsPerSecond = count / seconds;
  const perSecond = eventsPerSecond / 2;
  await publisher.ask({ kind: 'pace', perSecond, durationMs: plan.halfMs });
  await untilStill(handled);
  const { p50Ms, p99Ms } = (await consumer.ask({ kind: 'delays' })) as Delays; // side.ts answers so
  return {
    ...{ eventsPerSecond, p50Ms, p99Ms, halfLoadPerSecond: perSecond },
    publisherCpuUs: (after.publisher - before.publisher) / count,
    consumerCpuUs: (after.consumer - before.consumer) / count,
    postgresCpuUs: (after.postgres - before.postgres) / count,
    brokerCpuUs: (after.broker - before.broker) / count,
  };
}

async function untilStill(handled: () => Promise<number>): Promise<void> {
  for (let last = -1, now = await handled(); now !== last; now = await handled()) {
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

import { Writable } from 'node:stream';

import { Metadata, type TsProtoServiceDefinition } from 'nice-grpc';

import { createClientFactory } from '../../src/chassis/client/index.ts';
import { AppError } from '../../src/chassis/core/index.ts';
import {
  startService,
  type ConfigurationShape,
  type ServiceDefinition,
  type StartOptions,
} from '../../src/chassis/lifecycle/index.ts';
import { createStaticRegistry, type Instance } from '../../src/chassis/registry/index.ts';
import { testDatabase, type TestDatabase } from './postgres.ts';

/** A service as its process runs it, in this process: real server, real database, called over gRPC. */
export type TestService = Awaited<ReturnType<typeof startTestService>>;

/**
 * Starts a service on a database of its own and resolves when it serves. `environment` adds its own keys. Tokens are
 * what `as` makes. Clients do not retry: each call is one. `database` makes a second instance beside the first one.
 */
export async function startTestService<Shape extends ConfigurationShape>(
  definition: ServiceDefinition<Shape>,
  environment: Readonly<Record<string, string>> = {},
  options: Pick<StartOptions, 'clock' | 'newId'> & {
    readonly database?: TestDatabase;
    /** Processes it can find, such as publishers of events. */
    readonly neighbours?: readonly Instance[];
  } = {},
) {
  const own = options.database === undefined;
  const database = options.database ?? (await testDatabase());
  const log: string[] = [];
  const logTo = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk));
      done();
    },
  });
  const start = () =>
    startService(
      definition,
      {
        DATABASE_URL: database.url.reveal(),
        LOG_LEVEL: 'debug',
        SHUTDOWN_GRACE_MS: '0',
        PAGE_TOKEN_SECRET: 'component-test',
        ...environment,
      },
      {
        registry: createStaticRegistry(options.neighbours ?? []),
        logTo,
        authentication: () => async (token) => ({ userId: token, roles: [token === 'admin' ? 'admin' : 'customer'] }),
        ...(options.clock && { clock: options.clock }),
        ...(options.newId && { newId: options.newId }),
      },
    );
  let service = await start();
  let clients = createClientFactory({ from: 'test', retry: { maxAttempts: 1 } });

  async function stop() {
    await clients.close();
    await service.stop();
  }

  return {
    /** A client of the service as it runs now; made again after a restart. */
    client: <Definition extends TsProtoServiceDefinition>(of: Definition) =>
      clients.client(of, `static:///${service.grpc}`),
    /** As a registry would show it to others, as it runs now. */
    get instance(): Instance {
      return {
        ...{
          process: definition.name,
          id: service.instance,
          address: service.grpc,
          weight: 100,
          zone: '',
          version: '1',
        },
        ...{ startedAt: new Date(0).toISOString(), metadata: {} },
      };
    },
    database: database.database,
    testDatabase: database,
    log,
    stop,
    async restart() {
      await stop();
      service = await start();
      clients = createClientFactory({ from: 'test', retry: { maxAttempts: 1 } });
    },
    async close() {
      await stop();
      if (own) await database.close();
    },
  };
}

/** Call options of a call made with somebody's token: a user's id, or "admin". */
export function as(token: string) {
  return { metadata: Metadata({ authorization: `Bearer ${token}` }) };
}

/** The error a call ends with; a call that succeeds is a failed test. */
export async function failure(call: Promise<unknown>): Promise<AppError> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && outcome.error instanceof AppError) return outcome.error;
  throw new Error(`expected an AppError, got ${String('error' in outcome ? outcome.error : 'an answer')}`);
}

/** The fields that an INVALID_ARGUMENT names. */
export function violatedFields(error: AppError): readonly string[] {
  return error.details.flatMap((detail) => (detail.kind === 'badRequest' ? detail.violations : [])).map((v) => v.field);
}

import { Writable } from 'node:stream';

import { expect } from '@jest/globals';
import { Etcd3 } from 'etcd3';
import { Metadata } from 'nice-grpc';

import { UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import {
  createClientFactory,
  type ChassisClient,
  type ClientFactory,
  type ClientFactoryOptions,
  type TargetStatus,
} from '../../../../src/chassis/client/index.ts';
import { AppError, systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import { defineService, startService, type RunningService } from '../../../../src/chassis/lifecycle/index.ts';
import { createEtcdRegistry } from '../../../../src/chassis/registry/index.ts';
import { bind } from '../../../../src/chassis/server/index.ts';
import type { GivenServiceConfig } from '../../../../src/chassis/service-config/index.ts';
import { createEmbeddedEtcd } from '../../../../src/embedded/etcd/index.ts';
import { eventually } from '../../../support/eventually.ts';

export const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';
const CONFIG_KEY = '/tradewind/config/profile';
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

/** One running copy of the process that tests call. It answers with its own name. */
export interface Replica {
  readonly name: string;
  readonly service: RunningService;
  /** While true its calls fail with UNAVAILABLE. */
  isFailing: boolean;
  /** Calls that have reached its handlers. */
  calls: number;
}

/** An etcd, replicas that register in it, and clients that find them there; everything real, in this process. */
export type Fleet = Awaited<ReturnType<typeof startFleet>>;

export async function startFleet() {
  const etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
  const registry = await createEtcdRegistry({ endpoints: [etcd.address], clock: systemClock, random: systemRandom });
  const operator = new Etcd3({ hosts: [`http://${etcd.address}`] });
  const stack = new AsyncDisposableStack();
  stack.defer(() => etcd.close());
  stack.defer(() => registry.close());
  stack.defer(() => operator.close());
  const environment = (name: string) => ({
    ...{ ETCD_ENDPOINTS: etcd.address, INSTANCE_ID: name, SHUTDOWN_GRACE_MS: '0', DRAIN_TIMEOUT_MS: '500' },
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: undefined },
  });

  async function replica(name: string, { version = '1', zone = 'local' } = {}): Promise<Replica> {
    const answer = () => {
      made.calls++;
      if (made.isFailing) throw new AppError({ status: 'UNAVAILABLE', reason: 'BROKEN', message: 'not me' });
      return { user: { id: ID, displayName: name } };
    };
    const definition = defineService({
      name: 'profile',
      wire: async () => ({
        grpc: [
          bind(UserServiceDefinition, {
            getUser: async () => answer(),
            updateUser: async () => answer(),
            listUsers: async () => ({ users: [answer().user] }),
            async *exportUsers() {
              yield answer();
            },
            createUser: async () => ({}),
            deleteUser: async () => ({}),
          }),
        ],
      }),
    });
    const service = await startService(
      definition,
      { ...environment(name), VERSION: version, ZONE: zone },
      { logTo: nowhere },
    );
    const made: Replica = { name, service, isFailing: false, calls: 0 };
    stack.defer(() => service.stop());
    return made;
  }

  return {
    registry,
    replica,
    environment,
    /** What an operator does with `etcdctl put`. */
    async configure(config: GivenServiceConfig | string): Promise<void> {
      await operator.put(CONFIG_KEY).value(typeof config === 'string' ? config : JSON.stringify(config));
    },
    async unconfigure(): Promise<void> {
      await operator.delete().key(CONFIG_KEY);
    },
    caller(options: Partial<ClientFactoryOptions> = {}): Caller {
      const factory = createClientFactory({ from: 'test', registry, retry: { maxAttempts: 1 }, ...options });
      stack.defer(() => factory.close());
      return createCaller(factory);
    },
    defer: (close: () => Promise<void>) => stack.defer(close),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/**
 * Asserts that these replicas and nobody else answered, in turns. A picker that is made anew in between, because a busy
 * machine kept etcd waiting, begins its turns anew: a few calls more or less.
 */
export function expectInTurns(counts: Readonly<Record<string, number>>, names: readonly string[]): void {
  expect(Object.keys(counts).toSorted()).toEqual(names.toSorted());
  const numbers = Object.values(counts);
  expect(Math.max(...numbers) - Math.min(...numbers)).toBeLessThanOrEqual(4);
}

/** A client factory and what tests ask of it. */
export interface Caller {
  readonly factory: ClientFactory;
  readonly client: ChassisClient<typeof UserServiceDefinition>;
  status(): TargetStatus;
  /** Resolves when so many endpoints can be picked. */
  pickable(count: number): Promise<void>;
  /** Resolves when the config that was put last is in force, being the n-th since the caller was made. */
  configured(generation: number): Promise<void>;
  /** Calls fifty at a time; how often each replica answered, failures under "failed". */
  count(calls: number, headers?: Readonly<Record<string, string>>): Promise<Readonly<Record<string, number>>>;
  /** Why calls of count() failed. */
  readonly failures: readonly unknown[];
}

function createCaller(factory: ClientFactory): Caller {
  const client = factory.client(UserServiceDefinition, 'etcd:///profile');
  const status = () => factory.status()[0]!; // just made
  const failures: unknown[] = [];
  return {
    factory,
    client,
    status,
    failures,
    pickable: (count) =>
      eventually(() => {
        const { pickable } = status().summary;
        if (pickable !== count) throw new Error(`${pickable} can be picked: ${JSON.stringify(status().endpoints)}`);
      }),
    configured: (generation) =>
      eventually(() => {
        const { config } = status();
        if (config.generation !== generation) throw new Error(`the config is ${JSON.stringify(config)}`);
      }),
    async count(calls, headers = {}) {
      const counts: Record<string, number> = {};
      for (let done = 0; done < calls; done += 50) {
        const batch = Array.from({ length: Math.min(50, calls - done) }, () =>
          client.getUser({ userId: ID }, { metadata: Metadata(headers) }).then(
            ({ user }) => user?.displayName ?? 'nobody',
            (error: unknown) => {
              failures.push(error);
              return 'failed';
            },
          ),
        );
        for (const name of await Promise.all(batch)) counts[name] = (counts[name] ?? 0) + 1;
      }
      return counts;
    },
  };
}

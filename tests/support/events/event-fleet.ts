import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Secret } from '../../../src/chassis/config/index.ts';
import { EVENTS_MIGRATIONS, type CourierName } from '../../../src/chassis/events/index.ts';
import { createDatabase, migrate, type Database } from '../../../src/chassis/store/index.ts';
import { controlCrashPoints, type CrashPointsControl } from '../crash-points.ts';
import { startEtcdProcess } from '../fault-etcd.ts';
import { keepServiceRunning, type KeptRunning } from '../kept-running.ts';
import { createTestPostgresServer } from '../postgres-server.ts';
import { startBroker, type Broker } from './brokers.ts';

/** Processes that publish and processes that consume, with everything real behind them. */
export interface EventFleet extends AsyncDisposable {
  /** The publishers' database: what is committed to its outbox has to be told. */
  readonly tellers: Database;
  readonly listeners: Database;
  readonly processes: readonly KeptRunning[];
  readonly points: CrashPointsControl;
  /** Undefined for the feed. */
  readonly broker: Broker | undefined;
  /** Where listeners note their calls with bad events. */
  readonly folder: string;
}

/** How many processes there are, and what carries events between them. */
export interface EventFleetOptions {
  readonly courier: CourierName;
  readonly tellers: number;
  readonly listeners: number;
  /** Whether processes can be made to die at their points, which slows them down; default false. */
  readonly hasCrashPoints?: boolean;
}

/** Starts it; resolves when all of its processes serve. */
export async function startEventFleet(options: EventFleetOptions): Promise<EventFleet> {
  const { courier, tellers, listeners, hasCrashPoints = false } = options;
  const stack = new AsyncDisposableStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'tradewind-event-fleet-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const etcd = stack.use(await startEtcdProcess('embedded'));
    const broker = stack.use(await startBroker(courier));
    const postgres = await createTestPostgresServer();
    stack.defer(() => postgres.close());
    const urls = { teller: await ensure(postgres.url, 'teller'), listener: await ensure(postgres.url, 'listener') };
    const databases = {
      teller: stack.use(createDatabase({ url: urls.teller, applicationName: 'test', maxConnections: 20 })),
      listener: stack.use(createDatabase({ url: urls.listener, applicationName: 'test' })),
    };
    await migrate({ url: urls.teller, directories: [EVENTS_MIGRATIONS] });

    const start = async (role: 'teller' | 'listener', copy: number) =>
      stack.use(
        await keepServiceRunning({
          main: './events/fleet-main.ts',
          instance: `${role}-${copy}`,
          etcd: etcd.address,
          leaseTtlSeconds: 2,
          environment: {
            ROLE: role,
            FOLDER: folder,
            DATABASE_URL: urls[role].reveal(),
            ...(hasCrashPoints && { CRASH_POINTS_DIR: folder }),
            EVENTS_COURIER: courier,
            ...broker?.environment,
          },
        }),
      );
    const processes = await Promise.all([
      ...Array.from({ length: tellers }, (_, index) => start('teller', index + 1)),
      ...Array.from({ length: listeners }, (_, index) => start('listener', index + 1)),
    ]);
    return {
      ...{ tellers: databases.teller, listeners: databases.listener, processes, broker, folder },
      points: controlCrashPoints(folder),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function ensure(server: string, name: string): Promise<Secret> {
  const response = await fetch(`${server}?name=${name}`, { method: 'POST' });
  const text = await response.text();
  if (!response.ok) throw new Error(`no database: ${text}`);
  return new Secret(text);
}

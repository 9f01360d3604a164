import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startCounterProcess, type CounterProcess } from './counter-process.ts';
import { prepareCounterFolder, readCounterRecord, type CounterRecord } from './counter-service.ts';
import type { EtcdProcess } from './fault-etcd.ts';

/** Replicas of the counter service over one folder, some of them dead. Whoever started it ends it. */
export interface CounterFleet extends AsyncDisposable {
  readonly etcd: EtcdProcess;
  /** Those that were not ended, frozen ones among them, oldest first. */
  readonly running: readonly CounterProcess[];
  /** Starts one more. */
  add(): Promise<CounterProcess>;
  /** What all of them did so far. */
  record(): CounterRecord;
}

/** How a fleet is started. */
export interface CounterFleetOptions {
  readonly etcd: EtcdProcess;
  readonly size: number;
  /** Default 2, the least a lease may have. */
  readonly leaseTtlSeconds?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts the fleet and resolves when all of it is registered. */
export async function startCounterFleet(options: CounterFleetOptions): Promise<CounterFleet> {
  const { etcd, size, leaseTtlSeconds = 2, environment } = options;
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-counter-'));
  prepareCounterFolder(folder);
  const started: CounterProcess[] = [];
  let next = 1;
  const add = async () => {
    const instance = `counter-${next++}`;
    const replica = await startCounterProcess({
      ...{ instance, etcd: etcd.address, folder, leaseTtlSeconds },
      ...(environment && { environment }),
    });
    started.push(replica);
    return replica;
  };
  const end = async () => {
    await Promise.all(started.filter(({ isRunning }) => isRunning).map((replica) => replica.kill()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(Array.from({ length: size }, add));
  } catch (error) {
    await end();
    throw error;
  }
  return {
    etcd,
    get running() {
      return started.filter(({ isRunning }) => isRunning);
    },
    add,
    record: () => readCounterRecord(folder),
    [Symbol.asyncDispose]: end,
  };
}

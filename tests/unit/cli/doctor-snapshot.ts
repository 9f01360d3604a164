import type { AdminSnapshot, InstanceSnapshot, SuiteSnapshot } from '../../../src/cli/doctor/snapshot.ts';
import { DEFAULT_SERVICE_CONFIG } from '../../../src/chassis/service-config/index.ts';

/** When the snapshot is taken. */
export const NOW = Date.parse('2026-11-28T20:00:00Z');

/** What differs of one instance from a healthy one. */
export interface Different {
  readonly id?: string;
  readonly address?: string;
  readonly serving?: InstanceSnapshot['serving'];
  readonly admin?: InstanceSnapshot['admin'];
  readonly facts?: Partial<AdminSnapshot['process']>;
  readonly components?: AdminSnapshot['readiness']['components'];
  readonly backlogs?: AdminSnapshot['backlogs'];
  readonly clockAheadMs?: number;
  readonly rejected?: string;
}

let port = 50_000;

/** An instance of a process that is well but for what differs. */
export function instance(process: string, different: Different = {}): InstanceSnapshot {
  const { id = process, address = `10.0.0.1:${port++}` } = different;
  const admin = { kind: 'answered', value: adminSnapshot(process, id, different) } as const;
  return {
    instance: {
      ...{ process, id, address, adminAddress: `10.0.0.1:${port++}`, weight: 100, zone: 'a', version: '1' },
      ...{ startedAt: '', metadata: {} },
    },
    serving: different.serving ?? { kind: 'answered', value: true },
    admin: 'admin' in different ? different.admin : admin,
  };
}

function adminSnapshot(process: string, id: string, different: Different): AdminSnapshot {
  return {
    readiness: { status: 'ready', health: 'healthy', components: different.components ?? {} },
    process: {
      ...{
        process,
        instance: id,
        version: '1',
        node: 'v24.1.0',
        pid: 1,
        uptimeSeconds: 10,
        nowMs: NOW,
        contract: 'abc',
      },
      memory: { residentBytes: 1e8, heapUsedBytes: 1e7, heapLimitBytes: 1e9 },
      eventLoop: { maxDelayMs: 3, utilization: 0.1 },
      files: { open: 30, limit: 1_000 },
      registration: { state: 'registered', keepaliveAgeSeconds: 1, ttlSeconds: 5 },
      certificate: undefined,
      database: undefined,
      ...different.facts,
    },
    clockAheadMs: different.clockAheadMs ?? 0,
    clockErrorMs: 20,
    backlogs: different.backlogs ?? [],
    targets: [
      {
        target: 'etcd:///user',
        resolver: { kind: 'resolved', endpoints: [] },
        endpoints: [],
        summary: { endpoints: 1, ready: 1, unhealthy: 0, ejected: 0, pickable: 1, panic: 'none' },
        picks: [],
        policy: 'round_robin',
        config: {
          ...{ source: 'registry', generation: 1, rejected: different.rejected, value: DEFAULT_SERVICE_CONFIG },
        },
        ...{ retryBudget: 10, bulkhead: undefined, breakers: [] },
      },
    ],
  };
}

/** A database that answers, with these differences. */
export function database(different: { readonly clockAheadMs?: number; readonly migrations?: readonly string[] } = {}) {
  const { clockAheadMs = 0, migrations = ['0001.sql'] } = different;
  const pool = { open: 1, idle: 1, waiting: 0, max: 10 };
  return { kind: 'answered', serverVersion: '18', clockAheadMs, migrations, pool } as const;
}

/** A suite of these instances. */
export function suite(instances: readonly InstanceSnapshot[], different: Partial<SuiteSnapshot> = {}): SuiteSnapshot {
  return {
    registry: { kind: 'etcd', address: '127.0.0.1:2379' },
    instances: { kind: 'answered', value: instances },
    expected: [...new Set(instances.map((one) => one.instance.process))],
    own: { contract: 'abc', nodeMajor: 24 },
    disk: { path: '.data', freeBytes: 1e11, totalBytes: 2e11 },
    takenMs: NOW,
    ...different,
  };
}

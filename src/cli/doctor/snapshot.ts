import type { ReadinessJson } from '../../chassis/admin/index.ts';
import type { TargetStatus } from '../../chassis/client/index.ts';
import type { BacklogStatus, ProcessFacts } from '../../chassis/diagnostics/index.ts';
import type { Instance, RegistryUrl } from '../../chassis/registry/index.ts';

/** What somebody answered when asked, or why they did not. */
export type Answer<Value> =
  { readonly kind: 'answered'; readonly value: Value } | { readonly kind: 'failed'; readonly error: string };

/** A suite at one moment, as it looks from outside. Checks read it and nothing else. */
export interface SuiteSnapshot {
  readonly registry: { readonly kind: RegistryUrl['kind']; readonly address: string };
  /** Everybody it lists, asked. */
  readonly instances: Answer<readonly InstanceSnapshot[]>;
  /** The processes that a whole suite has. */
  readonly expected: readonly string[];
  /** Of the command that looks. */
  readonly own: { readonly contract: string; readonly nodeMajor: number };
  /** Of the file system that the home is on; undefined: there is no home here. */
  readonly disk: DiskFacts | undefined;
  /** Wall time, in milliseconds. */
  readonly takenMs: number;
}

/** How full a file system is. */
export interface DiskFacts {
  readonly path: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** One registered instance and what it answered. */
export interface InstanceSnapshot {
  readonly instance: Instance;
  /** At its address: whether it says that it serves. Of a process that speaks HTTP there: that it answered. */
  readonly serving: Answer<boolean>;
  /** At its admin port; undefined: it has none, as programs of others may. */
  readonly admin: Answer<AdminSnapshot> | undefined;
}

/** What an admin port answered. */
export interface AdminSnapshot {
  readonly readiness: ReadinessJson;
  readonly process: ProcessFacts;
  /** Its clock minus ours, in milliseconds; too low by at most `clockErrorMs`. */
  readonly clockAheadMs: number;
  readonly clockErrorMs: number;
  readonly backlogs: readonly BacklogStatus[];
  readonly targets: readonly TargetStatus[];
}

/** The instances whose admin port answered, each with that. */
export function answering(
  snapshot: SuiteSnapshot,
): readonly { readonly instance: Instance; readonly admin: AdminSnapshot }[] {
  if (snapshot.instances.kind === 'failed') return [];
  return snapshot.instances.value.flatMap(({ instance, admin }) =>
    admin?.kind === 'answered' ? [{ instance, admin: admin.value }] : [],
  );
}

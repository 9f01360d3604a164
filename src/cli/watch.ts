import { once } from 'node:events';

import type { Instance } from '../chassis/registry/index.ts';
import type { CommandHost } from './call.ts';
import { openRegistry, type SuiteOptions } from './connect.ts';

/** What `tradewind watch` was asked for. */
export interface WatchCommand extends SuiteOptions {
  readonly process: string;
  readonly json?: boolean;
}

/** One line of what it prints. */
interface Change {
  readonly change: 'here' | 'added' | 'changed' | 'removed' | 'interrupted' | 'malformed';
  readonly instance?: Instance;
  readonly text?: string;
}

/** Prints the instances of a process, then each change as it happens, until Ctrl-C. A registry that goes away is told and waited for. */
export async function runWatch(command: WatchCommand, host: CommandHost): Promise<void> {
  await using registry = await openRegistry(command, host.environment);
  await using watcher = registry.watch(command.process);
  const print = (change: Change) =>
    host.write(command.json ? `${JSON.stringify(change)}\n` : `${describe(change, command.process)}\n`);
  let known: ReadonlyMap<string, Instance> | undefined;
  const onInstances = (instances: readonly Instance[]) => {
    const now = new Map(instances.map((instance) => [instance.id, instance]));
    if (known === undefined && now.size === 0) print({ change: 'here', text: 'no instance is registered' });
    for (const change of differences(known, now)) print(change);
    known = now;
  };
  watcher.events.on('instances', ({ instances }) => onInstances(instances));
  watcher.events.on('interrupted', ({ error }) => print({ change: 'interrupted', text: String(error) }));
  watcher.events.on('malformed', ({ key, reason }) => print({ change: 'malformed', text: `${key}: ${reason}` }));
  if (watcher.instances !== undefined) onInstances(watcher.instances);
  if (!host.signal.aborted) await once(host.signal, 'abort');
}

function differences(known: ReadonlyMap<string, Instance> | undefined, now: ReadonlyMap<string, Instance>): Change[] {
  const changes: Change[] = [];
  for (const instance of now.values()) {
    const before = known?.get(instance.id);
    if (known === undefined) changes.push({ change: 'here', instance });
    else if (before === undefined) changes.push({ change: 'added', instance });
    else if (JSON.stringify(before) !== JSON.stringify(instance)) changes.push({ change: 'changed', instance });
  }
  for (const instance of known?.values() ?? []) {
    if (!now.has(instance.id)) changes.push({ change: 'removed', instance });
  }
  return changes;
}

function describe({ change, instance, text }: Change, process: string): string {
  if (instance === undefined) return `${process}: ${change === 'here' ? '' : `${change}: `}${text ?? ''}`;
  const { id, address, weight, zone, version } = instance;
  return `${change.padEnd(7)}  ${id}  ${address}  weight ${weight}  zone ${zone}  version ${version}`;
}

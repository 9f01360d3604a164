import type { Instance } from '../chassis/registry/index.ts';
import type { CommandHost } from './call.ts';
import { openRegistry, type SuiteOptions } from './connect.ts';
import { table, type Column } from './table.ts';

/** What `tradewind services` was asked for. */
export interface ServicesCommand extends SuiteOptions {
  /** One process only. */
  readonly process?: string;
  readonly json?: boolean;
}

const COLUMNS: readonly Column<Instance>[] = [
  { title: 'process', value: ({ process }) => process },
  { title: 'instance', value: ({ id }) => id },
  { title: 'address', value: ({ address }) => address },
  { title: 'admin', value: ({ adminAddress }) => adminAddress ?? '' },
  { title: 'weight', value: ({ weight }) => String(weight) },
  { title: 'zone', value: ({ zone }) => zone },
  { title: 'version', value: ({ version }) => version },
  { title: 'since', value: ({ startedAt }) => startedAt },
];

/** Prints every live instance as a table, or with --json one instance a line. */
export async function runServices(command: ServicesCommand, host: CommandHost): Promise<void> {
  await using registry = await openRegistry(command, host.environment);
  const processes = command.process === undefined ? await registry.processes(host.signal) : [command.process];
  const lists = await Promise.all(processes.map((process) => registry.list(process, host.signal)));
  const instances = lists.flat();
  if (command.json) {
    for (const instance of instances) host.write(`${JSON.stringify(instance)}\n`);
    return;
  }
  host.write(instances.length === 0 ? 'No instance is registered.\n' : table(instances, COLUMNS));
}

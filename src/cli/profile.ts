import type { ProfileKind } from '../chassis/diagnostics/index.ts';
import { UsageError } from '../usage-error.ts';
import type { CommandHost } from './call.ts';
import { openRegistry, type SuiteOptions } from './connect.ts';

/** What `tradewind profile` was asked for. */
export interface ProfileCommand extends SuiteOptions {
  /** "order". */
  readonly process: string;
  readonly kind: ProfileKind;
  readonly seconds: number;
  /** One of several replicas; default: the first that is registered. */
  readonly instance?: string;
}

/** Takes a profile of one instance of a process and writes it. Leaving ends it there. Throws a UsageError when nobody can be asked. */
export async function runProfile(command: ProfileCommand, host: CommandHost): Promise<void> {
  await using registry = await openRegistry(command, host.environment);
  const instances = await registry.list(command.process, host.signal);
  const found = instances.find(({ id }) => command.instance === undefined || id === command.instance);
  if (found?.adminAddress === undefined) {
    const known = instances.map(({ id }) => id).join(', ');
    throw new UsageError(`no such instance of ${command.process} has an admin port; registered: ${known || 'nobody'}`);
  }
  const url = `http://${found.adminAddress}/profiles/${command.kind}?seconds=${command.seconds}`;
  const response = await fetch(url, { method: 'POST', signal: host.signal });
  const text = await response.text();
  if (!response.ok) throw new UsageError(`${found.id} answers ${response.status}: ${text.trim()}`);
  host.write(text);
}

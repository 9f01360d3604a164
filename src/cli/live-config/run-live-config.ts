import { AppError } from '../../chassis/core/index.ts';
import type { Registry, RegistryValues } from '../../chassis/registry/index.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandHost } from '../call.ts';
import { openRegistry, type SuiteOptions } from '../connect.ts';
import { LIVE_CONFIG_KINDS } from './kinds.ts';

/** What `tradewind settings` or `tradewind service-config` was asked for. */
export interface LiveConfigCommand extends SuiteOptions {
  readonly process: string;
}

/** Which of the two. */
export type LiveConfigName = keyof typeof LIVE_CONFIG_KINDS;

const PROCESS_NAME = /^[a-z][a-z0-9-]*$/;

/** Prints what is written for a process, as it is written. */
export async function getLiveConfig(name: LiveConfigName, command: LiveConfigCommand, host: CommandHost) {
  await withValues(command, host, async (values) => {
    const json = await values.get(LIVE_CONFIG_KINDS[name].keyOf(command.process), host.signal);
    host.write(json === undefined ? `Nothing is written: ${command.process} has its defaults.\n` : `${json}\n`);
  });
}

/** Writes JSON for a process, all of it, once it is checked; nothing is written that the process would refuse. */
export async function setLiveConfig(
  name: LiveConfigName,
  command: LiveConfigCommand & { readonly json: string },
  host: CommandHost,
) {
  try {
    await LIVE_CONFIG_KINDS[name].check(command.json);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new UsageError(`nothing was written: ${error.message}`);
  }
  await withValues(command, host, async (values, registry) => {
    await values.set(LIVE_CONFIG_KINDS[name].keyOf(command.process), command.json, host.signal);
    const instances = await registry.list(command.process, host.signal);
    const who = instances.length === 0 ? ', of which no instance is registered' : '';
    host.write(`Written for ${command.process}${who}.\n`);
  });
}

/** Takes away what is written for a process, which goes back to its defaults. */
export async function unsetLiveConfig(name: LiveConfigName, command: LiveConfigCommand, host: CommandHost) {
  await withValues(command, host, async (values) => {
    await values.set(LIVE_CONFIG_KINDS[name].keyOf(command.process), undefined, host.signal);
    host.write(`Taken away: ${command.process} has its defaults.\n`);
  });
}

async function withValues(
  command: LiveConfigCommand,
  host: CommandHost,
  work: (values: RegistryValues, registry: Registry) => Promise<void>,
): Promise<void> {
  if (!PROCESS_NAME.test(command.process)) throw new UsageError(`"${command.process}" is no name of a process`);
  await using registry = await openRegistry(command, host.environment);
  if (registry.values === undefined) throw new UsageError('nothing can be written into this kind of registry');
  await work(registry.values, registry);
}

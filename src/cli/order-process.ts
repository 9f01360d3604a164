import type { TsProtoServiceDefinition } from 'nice-grpc';

import type { ChassisClient } from '../chassis/client/index.ts';
import type { CommandHost } from './call.ts';
import { openClients, openRegistry, type SuiteOptions } from './connect.ts';

/** What every command takes that asks the order process. */
export interface OrderProcessOptions extends SuiteOptions {
  /** host:port of order processes, several with commas between: asked instead of the registry. */
  readonly address?: string;
  /** An administrator's bearer token; default: TRADEWIND_TOKEN. It says who gave a command. */
  readonly token?: string;
  /** One JSON object a line instead of text. */
  readonly json?: boolean;
}

/** Finds the order process through the registry, as `tradewind call` does, and lets the work use one of its services. */
export async function withOrderProcess<Definition extends TsProtoServiceDefinition, T>(
  definition: Definition,
  options: OrderProcessOptions,
  host: CommandHost,
  work: (client: ChassisClient<Definition>) => Promise<T>,
): Promise<T> {
  const { address } = options;
  const token = options.token ?? host.environment['TRADEWIND_TOKEN'];
  await using registry = address === undefined ? await openRegistry(options, host.environment) : undefined;
  await using opened = await openClients(options, host.environment, registry);
  const { clients } = opened;
  const target = address === undefined ? 'registry:///order' : `static:///${address}`;
  const client = clients.client(definition, target, token === undefined || token === '' ? {} : { token });
  return await work(client); // before the clients are closed
}

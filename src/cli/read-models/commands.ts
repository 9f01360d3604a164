import type { Command } from 'commander';

import type { CommandHost } from '../call.ts';

/** How a command is run: until it ends, or Ctrl-C. */
type Run = (work: (host: CommandHost) => Promise<void>) => Promise<void>;

/** Adds `tradewind read-models ...`; each command loads its code when it runs. */
export function addReadModelCommands(program: Command, run: Run): void {
  const readModels = program
    .command('read-models')
    .description("see the tables that are made of the orders' events, and make them again");

  const command = (usage: string, description: string) =>
    readModels
      .command(usage)
      .description(description)
      .option(
        '--etcd <host:port>',
        'the registry; default: ETCD_ENDPOINTS, REGISTRY_URL, or that of the suite in --home',
      )
      .option('--home <dir>', 'where `tradewind up` keeps everything', '.data')
      .option('--address <host:port>', 'ask these order processes, whatever the registry says')
      .option('--token <token>', 'an administrator, by bearer token; default: TRADEWIND_TOKEN')
      .option('--json', 'one JSON object a line');

  command('list', 'list what is served and what is being made, and how far behind it is').action(
    async (options: object) => {
      const { runReadModelsList } = await import('./read-models.ts');
      await run((host) => runReadModelsList(options as Parameters<typeof runReadModelsList>[0], host));
    },
  );

  command('rebuild <name>', 'make a read model again from the first event, while the old one serves')
    .option('--no-wait', 'do not wait until readers are given it')
    .action(async (name: string, options: object) => {
      const { runReadModelsRebuild } = await import('./read-models.ts');
      const rebuild = { ...(options as Omit<Parameters<typeof runReadModelsRebuild>[0], 'name'>), name };
      await run((host) => runReadModelsRebuild(rebuild, host));
    });
}

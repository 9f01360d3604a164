import type { Command } from 'commander';

import type { CommandHost } from '../call.ts';

/** How a command is run: until it ends, or Ctrl-C. */
type Run = (work: (host: CommandHost) => Promise<void>) => Promise<void>;

/** What each kind is called and does; the code behind is loaded when a command runs. */
const KINDS = [
  { name: 'settings', about: 'what a process does: log level, sampling, load shedding, limits on calls that come' },
  {
    name: 'service-config',
    about: 'how a process wants to be called: balancing, routes, retries, breakers, transport',
  },
] as const;

/** Adds `tradewind settings get|set|unset` and the same for service configs. */
export function addLiveConfigCommands(program: Command, run: Run): void {
  for (const { name, about } of KINDS) {
    const group = program.command(name).description(`read or change, while it runs, ${about}`);
    const command = (usage: string, description: string) =>
      group
        .command(usage)
        .description(description)
        .option(
          '--etcd <host:port>',
          'the registry; default: ETCD_ENDPOINTS, REGISTRY_URL, or that of the suite in --home',
        )
        .option('--home <dir>', 'where `tradewind up` keeps everything', '.data');

    command('get <process>', 'print what is written for a process').action(async (process: string, options: Home) => {
      const { getLiveConfig } = await import('./run-live-config.ts');
      await run((host) => getLiveConfig(name, { ...options, process }, host));
    });
    command('set <process> <json>', 'check the JSON and write it for a process; it holds within a moment').action(
      async (process: string, json: string, options: Home) => {
        const { setLiveConfig } = await import('./run-live-config.ts');
        await run((host) => setLiveConfig(name, { ...options, process, json }, host));
      },
    );
    command('unset <process>', 'take it away: the process has its defaults again').action(
      async (process: string, options: Home) => {
        const { unsetLiveConfig } = await import('./run-live-config.ts');
        await run((host) => unsetLiveConfig(name, { ...options, process }, host));
      },
    );
  }
}

interface Home {
  readonly etcd?: string;
  readonly home: string;
}

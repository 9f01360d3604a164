import type { Command } from 'commander';

import type { CommandHost } from '../call.ts';
import { parseDuration } from '../duration.ts';
import { positive } from '../positive.ts';

/** The exit code when the call went well and a saga refused. */
const EXIT_REFUSED = 2;

/** How a command is run: until it ends, or Ctrl-C. */
type Run = (work: (host: CommandHost) => Promise<void>) => Promise<void>;

/** Adds `tradewind sagas ...`; each command loads its code when it runs. */
export function addSagaCommands(program: Command, run: Run): void {
  const sagas = program.command('sagas').description('see what orders are doing and lend a hand where they are stuck');

  const command = (usage: string, description: string) =>
    sagas
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

  filtered(command('list', 'list sagas, the oldest first'), '--reason')
    .option('--limit <n>', 'at most so many', positive, 50)
    .option('--newest', 'the newest first')
    .action(async (options: object) => {
      const { runSagasList } = await import('./list.ts');
      await run((host) => runSagasList(options as Parameters<typeof runSagasList>[0], host));
    });

  filtered(command('count', 'count sagas by where they stand and why'), '--reason').action(async (options: object) => {
    const { runSagasCount } = await import('./list.ts');
    await run((host) => runSagasCount(options as Parameters<typeof runSagasCount>[0], host));
  });

  command('show <id>', 'a saga (or every saga of an order) with its steps and whole history').action(
    async (id: string, options: object) => {
      const { runSagasShow } = await import('./show.ts');
      const show = { ...(options as Omit<Parameters<typeof runSagasShow>[0], 'id'>), id };
      await run((host) => runSagasShow(show, host));
    },
  );

  command('watch', 'follow everything that happens to sagas')
    .option('--state <states>', 'only changes that end in one of these')
    .option('--order <id>', 'only those of this order')
    .action(async (options: object) => {
      const { runSagasWatch } = await import('./watch.ts');
      await run((host) => runSagasWatch(options as Parameters<typeof runSagasWatch>[0], host));
    });

  const act = (action: 'retry' | 'skip' | 'compensate' | 'park' | 'resume', description: string) =>
    filtered(command(`${action} [ids...]`, description), '--because')
      .requiredOption('--reason <text>', 'why; kept in the history of each saga')
      .option('--all', 'all that match the filter, after showing them and asking')
      .option('--dry-run', 'show what would become of each; change nothing')
      .option('--yes', 'do not ask')
      .action(async (ids: readonly string[], options: object) => {
        const { runSagasAct } = await import('./act.ts');
        const what = { ...(options as Omit<Parameters<typeof runSagasAct>[0], 'ids' | 'action'>), ids, action };
        await run(async (host) => {
          if (!(await runSagasAct(what, host))) process.exitCode = EXIT_REFUSED;
        });
      });

  act('retry', 'make the next attempt due now, with a fresh backoff; ends a parking');
  act('skip', 'take the step (--step) as done, or as undone: somebody saw to it by hand');
  act('compensate', 'give up and undo what was done; only before the pivot');
  act('park', 'stop where it is, until resumed, retried or compensated');
  act('resume', 'end a parking: go on where and in the direction it was stopped');
}

/** The options that say which sagas; the failure's reason under another name where `--reason` is taken. */
function filtered(command: Command, failureReason: '--reason' | '--because'): Command {
  return command
    .option('--state <states>', 'running, compensating, parked, completed, compensated or all; default: not over')
    .option('--step <step>', 'at this step')
    .option(`${failureReason} <REASON>`, 'parked or undone for this reason')
    .option('--name <name>', 'checkout, cancellation, ...')
    .option('--order <id>', 'of this order')
    .option('--older-than <time>', 'started so long ago: 90s, 10m, 2h, 1d', parseDuration)
    .option('--idle-for <time>', 'without any change for so long', parseDuration)
    .option('--parked-for <time>', 'parked for so long', parseDuration);
}

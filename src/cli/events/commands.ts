import { InvalidArgumentError, type Command } from 'commander';

import type { CommandHost } from '../call.ts';
import { positive } from '../positive.ts';
import { parseSince } from '../since.ts';

/** The exit code when the call went well and a dead letter failed again. */
const EXIT_FAILED_AGAIN = 2;

/** How a command is run: until it ends, or Ctrl-C. */
type Run = (work: (host: CommandHost) => Promise<void>) => Promise<void>;

/** Adds `tradewind events ...`; each command loads its code when it runs. */
export function addEventCommands(program: Command, run: Run): void {
  const events = program
    .command('events')
    .description('see how consumers of events are doing, and mend what they failed at');
  const letters = events.command('dead-letters').description('events that were given up');

  const command = (usage: string, description: string, below = events) =>
    below
      .command(usage)
      .description(description)
      .option(
        '--etcd <host:port>',
        'the registry; default: ETCD_ENDPOINTS, REGISTRY_URL, or that of the suite in --home',
      )
      .option('--home <dir>', 'where `tradewind up` keeps everything', '.data')
      .option('--token <token>', 'an administrator, by bearer token; default: TRADEWIND_TOKEN')
      .option('--json', 'one JSON object a line');

  command('lag [process]', 'how far consumers are behind their publishers, of all processes or one')
    .option('--partitions', 'also partition by partition')
    .action(async (process: string | undefined, options: object) => {
      const { runEventsLag } = await import('./lag.ts');
      const lag = { ...(options as Parameters<typeof runEventsLag>[0]), ...(process !== undefined && { process }) };
      await run((host) => runEventsLag(lag, host));
    });

  filtered(command('list [process]', 'list dead letters, the first to die first', letters))
    .option('--limit <n>', 'of each process at most so many', positive, 50)
    .action(async (process: string | undefined, options: object) => {
      const { runListLetters } = await import('./dead-letters.ts');
      const list = { ...(options as Parameters<typeof runListLetters>[0]), ...(process !== undefined && { process }) };
      await run((host) => runListLetters(list, host));
    });

  command('show <process> <id>', 'one with its data, cause and stack', letters).action(
    async (process: string, id: string, options: object) => {
      const { runShowLetter } = await import('./dead-letters.ts');
      const show = { ...(options as Omit<Parameters<typeof runShowLetter>[0], 'process' | 'id'>), process, id };
      await run((host) => runShowLetter(show, host));
    },
  );

  const act = (action: 'redrive' | 'discard', description: string) =>
    filtered(command(`${action} <process> [ids...]`, description, letters))
      .requiredOption('--reason <text>', 'why; kept in the list of actions')
      .option('--all', 'all that match the filter, after showing some and asking')
      .option('--yes', 'do not ask')
      .action(async (process: string, ids: readonly string[], options: object) => {
        const { runActOnLetters } = await import('./act-on-letters.ts');
        const given = options as Omit<Parameters<typeof runActOnLetters>[0], 'process' | 'ids' | 'action'>;
        await run(async (host) => {
          if (!(await runActOnLetters({ ...given, process, ids, action }, host))) setExitCode(EXIT_FAILED_AGAIN);
        });
      });
  act('redrive', 'give dead letters to their handlers again');
  act('discard', 'remove dead letters without effect; what they were is kept');

  command('parked [process]', 'events that wait for another try, and what waits behind them')
    .option('--consumer <name>', 'of this consumer')
    .option('--aggregate <id>', 'of this aggregate')
    .option('--limit <n>', 'of each process at most so many, up to 200', positive, 50)
    .action(async (process: string | undefined, options: object) => {
      const { runEventsParked } = await import('./parked.ts');
      const parked = {
        ...(options as Parameters<typeof runEventsParked>[0]),
        ...(process !== undefined && { process }),
      };
      await run((host) => runEventsParked(parked, host));
    });

  command('retry <process> <consumer>', 'have parked events tried now')
    .requiredOption('--reason <text>', 'why; kept in the list of actions')
    .option('--aggregate <id>', 'only those of this aggregate')
    .action(async (process: string, consumer: string, options: object) => {
      const { runEventsRetry } = await import('./parked.ts');
      const given = options as Omit<Parameters<typeof runEventsRetry>[0], 'process' | 'consumer'>;
      await run((host) => runEventsRetry({ ...given, process, consumer }, host));
    });

  command('replay <process> <consumer>', 'have a consumer read again what follows a position or a time')
    .requiredOption('--reason <text>', 'why; kept in the list of actions')
    .option('--after <position>', 'what follows this position; 0: all that is kept', position)
    .option('--since <time>', 'events of this time and later: 10m, 2h, 1d ago, or 2026-11-28T17:00:00Z', parseSince)
    .option('--partition <n>', 'only this one of the eight', partition)
    .option('--again', 'what has been handled takes effect once more, for read models')
    .option('--yes', 'do not ask')
    .action(async (process: string, consumer: string, options: object) => {
      const { runEventsReplay } = await import('./move.ts');
      const given = options as Omit<Parameters<typeof runEventsReplay>[0], 'process' | 'consumer'>;
      await run((host) => runEventsReplay({ ...given, process, consumer }, host));
    });

  command('skip <process> <consumer>', 'have a consumer leave out, for ever, what comes up to a position')
    .requiredOption('--reason <text>', 'why; kept in the list of actions')
    .option('--to <position>', 'the last event that is left out', position)
    .option('--to-oldest', 'what is no longer kept anyway')
    .option('--to-newest', 'everything there is now')
    .option('--partition <n>', 'only this one of the eight', partition)
    .option('--yes', 'do not ask')
    .action(async (process: string, consumer: string, options: object) => {
      const { runEventsSkip } = await import('./move.ts');
      const given = options as Omit<Parameters<typeof runEventsSkip>[0], 'process' | 'consumer'>;
      await run((host) => runEventsSkip({ ...given, process, consumer }, host));
    });

  const pause = (action: 'pause' | 'resume', description: string) =>
    command(`${action} <process> <consumer>`, description)
      .requiredOption('--reason <text>', 'why; kept in the list of actions')
      .action(async (process: string, consumer: string, options: object) => {
        const { runEventsPause } = await import('./pause.ts');
        const given = options as Omit<Parameters<typeof runEventsPause>[0], 'process' | 'consumer' | 'action'>;
        await run((host) => runEventsPause({ ...given, process, consumer, action }, host));
      });
  pause('pause', 'stop a consumer on all its members, over restarts too');
  pause('resume', 'let a paused consumer go on');

  command('actions [process]', 'what operators did to consumers, the latest first')
    .option('--consumer <name>', 'of this consumer')
    .option('--limit <n>', 'of each process at most so many, up to 200', positive, 50)
    .action(async (process: string | undefined, options: object) => {
      const { runEventsActions } = await import('./actions.ts');
      const actions = {
        ...(options as Parameters<typeof runEventsActions>[0]),
        ...(process !== undefined && { process }),
      };
      await run((host) => runEventsActions(actions, host));
    });

  command('tail <source>', 'events of a process, straight from its outbox')
    .option('--type <types>', 'only these, separated by commas', (text: string) => text.split(','))
    .option('--aggregate <id>', 'of this aggregate: its id, or order/<id>')
    .option('--after <position>', 'what follows this position; 0: all that is kept', position)
    .option('--since <time>', 'of this time and later: 10m, 2h, 1d ago, or 2026-11-28T17:00:00Z', parseSince)
    .option('-n, --lines <n>', 'look at so many of the latest, without --after and --since', positive, 20)
    .option('-f, --follow', 'go on with what happens, until Ctrl-C')
    .action(async (source: string, options: object) => {
      const { runEventsTail } = await import('./tail.ts');
      const given = options as Omit<Parameters<typeof runEventsTail>[0], 'source'>;
      await run((host) => runEventsTail({ ...given, source }, host));
    });

  command('refill <source>', 'have a process hand its events to the broker again, where that has lost them')
    .option('--after <position>', 'what follows this position; default 0: all that is kept', position, 0n)
    .action(async (source: string, options: object) => {
      const { runEventsRefill } = await import('./refill.ts');
      const given = options as Omit<Parameters<typeof runEventsRefill>[0], 'source'>;
      await run((host) => runEventsRefill({ ...given, source }, host));
    });
}

/** The options that say which dead letters. */
function filtered(command: Command): Command {
  return command
    .option('--consumer <name>', 'of this consumer')
    .option('--type <type>', 'order.confirmed, ...')
    .option('--aggregate <id>', 'of this aggregate: its id, or order/<id>')
    .option('--because <REASON>', 'with this cause')
    .option('--since <time>', 'died then or later: 10m, 2h, 1d ago, or 2026-11-28T17:00:00Z', parseSince)
    .option('--until <time>', 'died before', parseSince);
}

function setExitCode(code: number): void {
  process.exitCode = code;
}

function position(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('It must be a position: a whole number from 0.');
  return BigInt(text);
}

function partition(text: string): number {
  if (!/^[0-7]$/.test(text)) throw new InvalidArgumentError('It must be from 0 to 7.');
  return Number(text);
}

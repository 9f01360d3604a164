import type { Command } from 'commander';

import type { CommandHost } from './call.ts';
import { UsageError } from '../usage-error.ts';
import { addEventCommands } from './events/commands.ts';
import { addLiveConfigCommands } from './live-config/commands.ts';
import { positive } from './positive.ts';
import { addReadModelCommands } from './read-models/commands.ts';
import { addSagaCommands } from './sagas/commands.ts';

/** Adds the commands that look at a running suite from outside: call, services, watch, doctor, profile, settings, service-config, read-models, sagas, events. Each loads its code when it runs. */
export function addSuiteCommands(program: Command, host: Omit<CommandHost, 'signal'>): void {
  const command = (usage: string, description: string) =>
    program
      .command(usage)
      .description(description)
      .option(
        '--etcd <host:port>',
        'the registry; default: ETCD_ENDPOINTS, REGISTRY_URL, or that of the suite running in --home',
      )
      .option('--home <dir>', 'where `tradewind up` keeps everything', '.data');

  command('call <method> [request]', 'call a method by reflection: order.OrderService/GetOrder \'{"order_id":"..."}\'')
    .option('--process <name>', 'the process to ask; default: the one the method names')
    .option('--address <host:port>', 'ask these servers, whatever the registry says')
    .option('--descriptors <file>', 'a descriptor set (buf build -o), for a server without reflection')
    .option('-H, --header <header>', 'send this metadata ("name: value"); may be repeated', collect, [])
    .option('--token <token>', 'a bearer token: whose call it is')
    .option('--timeout-ms <n>', 'the deadline; default: 5,000 for unary calls, none for streams', positive)
    .action(async (method: string, request: string | undefined, options: object) => {
      const { runCall } = await import('./call.ts');
      const command = { ...(options as Parameters<typeof runCall>[0]), method, request: request ?? '{}' };
      await untilSignal((signal) => runCall(command, { ...host, signal }));
    });

  command('services [process]', 'list the live instances of every process, or of one')
    .option('--json', 'one instance a line')
    .action(async (process: string | undefined, options: object) => {
      const { runServices } = await import('./services.ts');
      const command = options as Parameters<typeof runServices>[0];
      await untilSignal((signal) =>
        runServices(process === undefined ? command : { ...command, process }, { ...host, signal }),
      );
    });

  command('watch <process>', 'follow the instances of a process as they come, change and go')
    .option('--json', 'one change a line')
    .action(async (process: string, options: object) => {
      const { runWatch } = await import('./watch.ts');
      const command = { ...(options as Parameters<typeof runWatch>[0]), process };
      await untilSignal((signal) => runWatch(command, { ...host, signal }));
    });

  command('doctor', 'check a running suite from outside and say what to do; exits with 0, 1 (warnings) or 2 (failing)')
    .option('--json', 'the findings as one JSON object')
    .action(async (options: object) => {
      const { runDoctor } = await import('./doctor/doctor.ts');
      await untilSignal(async (signal) => {
        process.exitCode = await runDoctor(options as Parameters<typeof runDoctor>[0], { ...host, signal });
      });
    });

  command('profile <process> <kind>', 'write a cpu or heap profile of a process, for Chrome DevTools')
    .option('--seconds <n>', 'how long, at most 60', positive, 5)
    .option('--instance <id>', 'one of several replicas; default: the first')
    .action(async (name: string, kind: string, options: object) => {
      const { runProfile } = await import('./profile.ts');
      if (kind !== 'cpu' && kind !== 'heap') throw new UsageError(`there are cpu and heap profiles, not "${kind}"`);
      const command = {
        ...(options as Omit<Parameters<typeof runProfile>[0], 'process' | 'kind'>),
        process: name,
        kind,
      };
      await untilSignal((signal) => runProfile(command as Parameters<typeof runProfile>[0], { ...host, signal }));
    });

  addLiveConfigCommands(program, (work) => untilSignal((signal) => work({ ...host, signal })));
  addReadModelCommands(program, (work) => untilSignal((signal) => work({ ...host, signal })));
  addSagaCommands(program, (work) => untilSignal((signal) => work({ ...host, signal })));
  addEventCommands(program, (work) => untilSignal((signal) => work({ ...host, signal })));
}

/** Ctrl-C ends what runs, as does a reader that has seen enough (`| head`); a second Ctrl-C ends the process at once. */
async function untilSignal(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    stop();
  });
  try {
    await run(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

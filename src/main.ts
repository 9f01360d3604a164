import { flushCompileCache } from 'node:module';

import { Command, InvalidArgumentError } from 'commander';

import { CATALOGUE } from './catalogue.ts';
import { UsageError, parseUpOptions, type RawUpOptions } from './up/options.ts';
import { VERSION } from './version.ts';

/** The command line: argv and environment in, one process or the whole suite out. The only reader of process.env. */
async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('tradewind').description('A gRPC-first commerce suite.').version(VERSION);

  program
    .command('up')
    .description('start the whole suite on this machine')
    .option('--home <dir>', 'where everything is kept between runs', '.data')
    .option('--port-base <n>', 'the gateway listens on it, the services on the ports after it')
    .option('--replicas <list>', 'instances by service: order=2,product=3')
    .option('--no-demo', 'neither seed a catalogue nor place a first order')
    .option('--json', 'one JSON event a line')
    .action(async (raw: RawUpOptions) => {
      const { runUp } = await import('./up/up.ts');
      process.exitCode = await runUp(parseUpOptions(raw), {
        environment: process.env,
        entry: process.argv[1] ?? '',
        write: (text) => process.stdout.write(text),
      });
    });

  program
    .command('run')
    .description('run one process of the suite, configured by the environment')
    .argument('<process>', CATALOGUE.map((entry) => entry.name).join(', '), (name) => {
      const entry = CATALOGUE.find((e) => e.name === name);
      if (entry === undefined) throw new InvalidArgumentError('There is no such process.');
      return entry;
    })
    .action(async (entry: (typeof CATALOGUE)[number]) => {
      await entry.run(process.env);
    });

  program
    .command('prime', { hidden: true })
    .description('fill the compile cache (NODE_COMPILE_CACHE) with the code of every process')
    .action(async () => {
      await Promise.all(CATALOGUE.map((entry) => entry.load()));
      flushCompileCache();
    });

  await program.parseAsync([...argv]);
}

main(process.argv).catch((error: unknown) => {
  const text =
    error instanceof UsageError || isConfigurationError(error)
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  process.stderr.write(`tradewind: ${text}\n`);
  process.exitCode = 1;
});

/** By its name: importing the class would load the schema library into the supervisor, which needs none. */
function isConfigurationError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ConfigurationError';
}

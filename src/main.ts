import { flushCompileCache } from 'node:module';

import { Command, InvalidArgumentError } from 'commander';

import { CATALOGUE } from './catalogue.ts';
import type { AppError } from './chassis/core/index.ts';
import { addSuiteCommands } from './cli/commands.ts';
import { describeCallFailure } from './cli/describe-failure.ts';
import { parseUpOptions, type RawUpOptions } from './up/options.ts';
import { UsageError } from './usage-error.ts';
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
    .option('--checkout <style>', 'what moves new orders: orchestration or choreography (or CHECKOUT_STYLE)')
    .option(
      '--mtls',
      'mutual TLS between all processes, with a certificate authority of its own (or TRADEWIND_MTLS=true)',
    )
    .action(async (raw: RawUpOptions) => {
      const { runUp } = await import('./up/up.ts');
      process.exitCode = await runUp(parseUpOptions(raw, process.env), {
        environment: process.env,
        entry: process.argv[1] ?? '',
        write: (text) => process.stdout.write(text),
      });
    });

  program
    .command('certificates')
    .description('issue or renew what is due in <home>/certificates, for processes that are started by others')
    .option('--home <dir>', 'where everything is kept', '.data')
    .action(async ({ home }: { home: string }) => {
      const { issueCertificates } = await import('./up/certificates/issue-certificates.ts');
      await issueCertificates(home, (text) => process.stdout.write(text));
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
    .command('bundle', { hidden: true })
    .description('put the program of the processes into few files, where it is not there yet')
    .argument('<folder>')
    .action(async (folder: string) => {
      const { writeBundle } = await import('./up/bundle.ts');
      await writeBundle(process.argv[1] ?? '', folder);
    });

  program
    .command('prime', { hidden: true })
    .description('fill the compile cache (NODE_COMPILE_CACHE) with the code of every process')
    .action(async () => {
      await Promise.all(CATALOGUE.map((entry) => entry.load()));
      flushCompileCache();
    });

  addSuiteCommands(program, {
    environment: process.env,
    stdin: process.stdin,
    write: (text) => process.stdout.write(text),
  });
  await program.parseAsync([...argv]);
}

main(process.argv).catch((error: unknown) => {
  process.stderr.write(`tradewind: ${describeFailure(error)}\n`);
  process.exitCode = 1;
});

/** What a person is told: the message alone of what a person can mend, the stack of what is our fault. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // By its name: importing the class would load the schema library into the supervisor, which needs none.
  if (error instanceof UsageError || error.name === 'ConfigurationError') return error.message;
  if (error.name === 'AppError') return describeCallFailure(error as AppError); // the one class of that name
  return error.stack ?? error.message;
}

import { parseArgs } from 'node:util';

import type { BenchName } from './bench.ts';

/** What `npm run bench` was asked for. */
export interface BenchOptions {
  /** In the order in which they run; default: all. */
  readonly names: readonly BenchName[];
  /** Where the figures go as JSON; undefined: only to the terminal. */
  readonly json: string | undefined;
  /** A smoke run: the rows that need nothing installed, rounds too short for figures to mean anything. */
  readonly quick: boolean;
  /** Names of the rows to run; undefined: all. */
  readonly rows: readonly string[] | undefined;
}

/** The command line was not understood; the message says how it is used. */
export class UsageError extends Error {}

const USAGE = 'npm run bench [-- <name> ...] [--json FILE] [--quick] [--rows grpc-js,tradewind/plain]';

/** Reads the command line. Throws a UsageError. */
export function parseBenchOptions(argv: readonly string[], known: readonly BenchName[]): BenchOptions {
  const { values, positionals } = read(argv);
  const names = positionals.map((text) => {
    const name = known.find((candidate) => candidate === text);
    if (name === undefined) throw new UsageError(`there is no bench "${text}", only ${known.join(', ')}\n${USAGE}`);
    return name;
  });
  return {
    names: names.length === 0 ? known : names,
    json: values.json,
    quick: values.quick,
    rows: values.rows?.split(','),
  };
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: 'string' },
        quick: { type: 'boolean', default: false },
        rows: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

import { parseArgs } from 'node:util';

import { CHECKOUT_STYLES, type CheckoutStyle } from '../../src/services/order/place-order.ts';
import type { TransportKind } from '../support/counter-clients.ts';
import type { EtcdKind } from '../support/fault-etcd.ts';

/** What `npm run reliability` was asked for. */
export interface ScoreboardOptions {
  /** "7", "soak"; empty: all rows of the scoreboard. */
  readonly rows: readonly string[];
  /** Where the figures go as JSON; undefined: only to the terminal. */
  readonly json: string | undefined;
  readonly seed: number;
  readonly etcds: readonly EtcdKind[];
  readonly transports: readonly TransportKind[];
  /** What moves the orders of rows that run a whole suite. */
  readonly checkouts: readonly CheckoutStyle[];
  /** Of the soak; default 5. */
  readonly minutes: number | undefined;
}

/** The command line was not understood; the message says how it is used. */
export class UsageError extends Error {}

const USAGE =
  'npm run reliability [-- <row> ...] [--json FILE] [--seed N] [--etcd embedded,real] [--transport plain,multiplexed] [--checkout orchestration,choreography] [--minutes N]';
const ETCDS = ['embedded', 'real'] as const;
const TRANSPORTS = ['plain', 'multiplexed'] as const;

/** Reads the command line. Throws a UsageError. `randomSeed` is used when no seed is given. */
export function parseScoreboardOptions(
  argv: readonly string[],
  known: readonly string[],
  randomSeed: number,
): ScoreboardOptions {
  const { values, positionals } = read(argv);
  for (const row of positionals) if (!known.includes(row)) fail(`there is no row "${row}", only ${known.join(', ')}`);
  return {
    rows: positionals,
    json: values.json,
    seed: values.seed === undefined ? randomSeed : number('seed', values.seed),
    etcds: list('etcd', values.etcd, ETCDS),
    transports: list('transport', values.transport, TRANSPORTS),
    checkouts: list('checkout', values.checkout, CHECKOUT_STYLES),
    minutes: values.minutes === undefined ? undefined : number('minutes', values.minutes),
  };
}

function read(argv: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const options = { json: text, seed: text, etcd: text, transport: text, checkout: text, minutes: text };
    return parseArgs({ args: [...argv], allowPositionals: true, options });
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function number(name: string, value: string): number {
  const parsed = Number(value);
  return value !== '' && parsed >= 0 ? parsed : fail(`--${name} is a number, not "${value}"`);
}

function list<Item extends string>(name: string, value: string | undefined, items: readonly Item[]): readonly Item[] {
  if (value === undefined) return items;
  return value
    .split(',')
    .map((text) => items.find((item) => item === text) ?? fail(`--${name} knows ${items.join(', ')}, not "${text}"`));
}

function fail(message: string): never {
  throw new UsageError(`${message}\n${USAGE}`);
}

import { resolve } from 'node:path';

import { CATALOGUE, type Environment } from '../catalogue.ts';
import { UsageError } from '../usage-error.ts';

/** What `tradewind up` was asked for. */
export interface UpOptions {
  /** Everything that is kept between runs lives below it. Default: .data */
  readonly home: string;
  /** The gateway listens on it and the services on the ports after it; undefined: the catalogue's defaults. */
  readonly portBase: number | undefined;
  /** Instances by process; a process that is not named has one. */
  readonly replicas: ReadonlyMap<string, number>;
  /** Seed and place the first order. Default: true */
  readonly demo: boolean;
  /** One JSON event a line instead of text. Default: false */
  readonly json: boolean;
  /** What moves new orders, as CHECKOUT_STYLE; undefined: as the environment says. */
  readonly checkout: string | undefined;
  /** Mutual TLS between all processes, instead of plain text on this machine. Default: TRADEWIND_MTLS, else false */
  readonly mtls: boolean;
}

/** The options as the command line gives them. */
export interface RawUpOptions {
  readonly home: string;
  readonly portBase?: string;
  readonly replicas?: string;
  readonly demo: boolean;
  readonly json?: boolean;
  readonly mtls?: boolean;
  readonly checkout?: string;
}

const MAX_REPLICAS = 16;

/** Checks the options. Throws a UsageError that names the option and the rule. */
export function parseUpOptions(raw: RawUpOptions, environment: Environment = {}): UpOptions {
  return {
    home: resolve(raw.home),
    portBase: raw.portBase === undefined ? undefined : parsePortBase(raw.portBase),
    replicas: parseReplicas(raw.replicas ?? ''),
    demo: raw.demo,
    json: raw.json ?? false,
    checkout: parseCheckout(raw.checkout),
    mtls: raw.mtls ?? parseFlag('TRADEWIND_MTLS', environment),
  };
}

const CHECKOUT_STYLES = ['orchestration', 'choreography'];

function parseCheckout(text: string | undefined): string | undefined {
  if (text === undefined || CHECKOUT_STYLES.includes(text)) return text;
  throw new UsageError(`--checkout must be orchestration or choreography, not "${text}"`);
}

function parseFlag(key: string, environment: Environment): boolean {
  const text = environment[key];
  if (text === undefined || text === '' || text === 'false') return false;
  if (text === 'true') return true;
  throw new UsageError(`${key} must be true or false, not "${text}"`);
}

function parsePortBase(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1024 || port > 65_000) {
    throw new UsageError(`--port-base must be a whole number from 1024 to 65000, not "${text}"`);
  }
  return port;
}

function parseReplicas(text: string): ReadonlyMap<string, number> {
  const replicas = new Map<string, number>();
  for (const part of text.split(',').filter((p) => p !== '')) {
    const [name = '', count = ''] = part.split('=');
    const entry = CATALOGUE.find((e) => e.name === name && e.kind === 'service');
    if (entry === undefined) throw new UsageError(`--replicas: "${name}" is not a service of the suite`);
    const replicaCount = Number(count);
    if (!Number.isInteger(replicaCount) || replicaCount < 1 || replicaCount > MAX_REPLICAS) {
      throw new UsageError(`--replicas: ${name} must be a whole number from 1 to ${MAX_REPLICAS}, not "${count}"`);
    }
    replicas.set(name, replicaCount);
  }
  return replicas;
}

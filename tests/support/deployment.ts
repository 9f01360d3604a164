import { parse } from 'yaml';
import type { z } from 'zod';

import { CATALOGUE } from '../../src/catalogue.ts';
import { describeConfiguration, type ConfigurationKey } from '../../src/chassis/config/index.ts';
import { SANDBOX_CONFIGURATIONS } from '../../src/sandbox/index.ts';
import { read } from './repository.ts';

/** One service of docker-compose.yml, its anchors and merge keys resolved. */
export interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly read_only?: boolean;
  readonly user?: string;
  readonly restart?: string;
}

/** docker-compose.yml, or what is laid over it. */
export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

export const compose = async (file = 'docker-compose.yml'): Promise<Compose> =>
  parse(await read(file), { merge: true }) as Compose; // what the tests below check

/** One instruction of a Dockerfile, continued lines joined. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** One stage of a Dockerfile. */
export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

export async function dockerfile(): Promise<readonly Stage[]> {
  const lines = (await read('Dockerfile'))
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter(Boolean);
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name = '', text = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    const from = name === 'FROM' ? /^(\S+)(?: AS (\S+))?$/.exec(text) : null;
    if (from !== null) stages.push({ name: from[2] ?? '', base: from[1] ?? '', instructions: [] });
    else stages.at(-1)?.instructions.push({ name, text });
  }
  return stages;
}

/** The keys that a process of the catalogue reads from its environment. */
export const configurationOf = async (process: string): Promise<readonly ConfigurationKey[]> =>
  describeConfiguration(await schemaOf(process));

/** The schema of a process's environment. */
export async function schemaOf(process: string): Promise<z.ZodObject> {
  const entry = CATALOGUE.find(({ name }) => name === process);
  if (entry === undefined) throw new Error(`the catalogue has no ${process}`);
  if (entry.kind === 'sandbox') return SANDBOX_CONFIGURATIONS[process as keyof typeof SANDBOX_CONFIGURATIONS];
  const folder = entry.kind === 'gateway' ? 'gateway' : `services/${process}`;
  const module = (await import(`../../src/${folder}/service.ts`)) as Record<string, { schema: z.ZodObject }>;
  const definition = module[`${process}Service`];
  if (definition === undefined) throw new Error(`src/${folder}/service.ts exports no ${process}Service`);
  return definition.schema;
}

import type { z } from 'zod';

import { describeConfiguration } from './describe.ts';

/** One key of a running process, as an operator may see it. */
export interface ConfigurationValue {
  readonly key: string;
  readonly description: string;
  /** As it is written in the environment, masked where it is or may hold a secret; undefined: it has none. */
  readonly value: string | undefined;
  readonly source: 'environment' | 'default' | 'not set';
}

/** What stands for what is not shown. */
const MASK = '[secret]';

/**
 * Every key of a schema with the value in force and where it came from. Keys declared secret are masked as a whole; of
 * others, what a URL carries to prove who asks: user and password, and parameters that are named like a secret.
 */
export function configurationView(
  schema: z.ZodObject,
  environment: Readonly<Record<string, string | undefined>>,
): readonly ConfigurationValue[] {
  return describeConfiguration(schema).map(({ key, description, default: fallback, secret }) => {
    const given = environment[key] === '' ? undefined : environment[key]; // as parseConfiguration takes it
    const value = given ?? fallback;
    const source = given !== undefined ? 'environment' : value === undefined ? 'not set' : 'default';
    if (value === undefined) return { key, description, source, value };
    return { key, description, source, value: secret ? MASK : maskUrls(value) };
  });
}

/** "scheme://user:password@" anywhere in a text, as lists of addresses have several. */
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi;
const SECRET_PARAMETER = /([?&;][^=&;\s]*(?:token|secret|password|passwd|key|signature|auth)[^=&;\s]*=)[^&;\s,]*/gi;

function maskUrls(text: string): string {
  return text.replaceAll(USER_INFO, `$1${MASK}@`).replaceAll(SECRET_PARAMETER, `$1${MASK}`);
}

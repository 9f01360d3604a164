import type { z } from 'zod';

import { describeConfiguration } from './describe.ts';

/** One key that breaks a rule. */
export interface ConfigurationProblem {
  readonly key: string;
  readonly rule: string;
  /** Absent for a secret and for a key that is not set. */
  readonly value?: string;
}

/** The environment is not usable; names every bad key. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    const lines = problems.map(({ key, rule, value }) =>
      value === undefined ? `  ${key}: ${rule}` : `  ${key}: ${rule} (is ${JSON.stringify(value)})`,
    );
    super(`the configuration is not valid:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Reads the schema's keys from the environment into a frozen object; other keys are ignored, an empty value counts as
 * not set. Throws a ConfigurationError that lists every bad key at once and never shows a secret.
 */
export function parseConfiguration<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<z.output<Schema>> {
  const given = Object.fromEntries(
    Object.keys(schema.shape).flatMap((key) => (environment[key] ? [[key, environment[key]]] : [])),
  );
  const result = schema.safeParse(given);
  if (result.success) return Object.freeze(result.data);
  const secrets = new Set(describeConfiguration(schema).flatMap(({ key, secret }) => (secret ? [key] : [])));
  throw new ConfigurationError(result.error.issues.map((issue) => problemOf(issue, given, secrets)));
}

function problemOf(
  issue: z.core.$ZodIssue,
  given: Readonly<Record<string, string | undefined>>,
  secrets: ReadonlySet<string>,
): ConfigurationProblem {
  const key = String(issue.path[0] ?? '(the whole)');
  const value = given[key];
  if (value === undefined && issue.path.length > 0) return { key, rule: 'is required' };
  return { key, rule: issue.message, ...(value === undefined || secrets.has(key) ? {} : { value }) };
}

import { z } from 'zod';

/** One key of a configuration, for documentation and for tests that compare it with deployment files. */
export interface ConfigurationKey {
  readonly key: string;
  readonly description: string;
  /** As it would be written in the environment; undefined: there is none. */
  readonly default: string | undefined;
  /** True when the process does not start without it. */
  readonly required: boolean;
  readonly secret: boolean;
}

interface JsonProperty {
  readonly description?: string;
  readonly default?: unknown;
  readonly secret?: boolean;
}

/** Lists the keys of a configuration schema, in the order they are written there. */
export function describeConfiguration(schema: z.ZodObject): readonly ConfigurationKey[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const properties = (json.properties ?? {}) as Readonly<Record<string, JsonProperty>>; // an object schema's shape
  const required = new Set(json.required ?? []);
  return Object.entries(properties).map(([key, property]) => ({
    key,
    description: property.description ?? '',
    default: property.default === undefined ? undefined : String(property.default),
    required: required.has(key),
    secret: property.secret ?? false,
  }));
}

import { z } from 'zod';

import { REGISTRY_URL_FORMS, parseRegistryUrl } from '../registry/index.ts';
import { Secret } from './secret.ts';

/** A key that holds a text of at least one character. */
export function text(description: string) {
  return z.string().min(1).describe(description);
}

/** A key whose value never leaves the process: a password, a key, an address that holds one. */
export function secret(description: string) {
  return z
    .string()
    .min(1)
    .meta({ description, secret: true })
    .transform((value) => new Secret(value));
}

/** A key that holds the postgres:// URL of a database, which may hold its password. */
export function databaseUrl(description: string) {
  return secret(description).refine((value) => hasScheme(value.reveal(), ['postgres', 'postgresql']), {
    message: 'must be a URL that starts with postgres://',
  });
}

/** A key that holds http:// or https:// URLs, separated by commas, which may hold secrets. */
export function secretUrls(description: string) {
  const isUrl = (text: string) => hasScheme(text.trim(), ['http', 'https']);
  return secret(description).refine((value) => value.reveal().split(',').every(isUrl), {
    message: 'must be URLs that start with http:// or https://, more than one separated by commas',
  });
}

/** A key that holds the URL of a broker, or several separated by commas, which may hold its password. */
export function brokerUrl(description: string, schemes: readonly string[]) {
  const rule = `must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  return secret(description).refine(
    (value) =>
      value
        .reveal()
        .split(',')
        .every((one) => hasScheme(one.trim(), schemes)),
    {
      message: `${rule}, more than one separated by commas`,
    },
  );
}

/** A key that holds a whole number within bounds. */
export function integer(description: string, bounds: { readonly min: number; readonly max: number }) {
  return z
    .string()
    .regex(/^-?\d+$/, 'must be a whole number')
    .describe(description)
    .transform(Number)
    .pipe(z.number().min(bounds.min).max(bounds.max));
}

/** A key that holds a share, from 0 to 1. */
export function share(description: string) {
  return z
    .string()
    .regex(/^\d*\.?\d+$/, 'must be a number from 0 to 1')
    .describe(description)
    .transform(Number)
    .pipe(z.number().max(1));
}

/** A key that holds some of these words, separated by commas; `required` is always among them. */
export function words<const Word extends string>(description: string, known: readonly Word[], required: Word) {
  return z
    .string()
    .describe(description)
    .transform((value) => value.split(',').map((part) => part.trim()))
    .pipe(z.array(z.enum(known)))
    .refine((value) => value.includes(required), { message: `must hold ${required}` });
}

/** A key that holds one of these words. */
export function choice<const Word extends string>(description: string, known: readonly Word[]) {
  return z.enum(known).describe(description);
}

/** A key that holds a port; 0 asks the system for a free one. */
export function port(description: string) {
  return integer(description, { min: 0, max: 65_535 });
}

/** A key that holds a duration in milliseconds. */
export function milliseconds(description: string, bounds = { min: 0, max: 3_600_000 }) {
  return integer(description, bounds);
}

/** A key that holds yes or no. */
export function flag(description: string) {
  return z
    .enum(['true', 'false'])
    .describe(description)
    .transform((value) => value === 'true');
}

/** A key that holds an absolute URL with one of the schemes. */
export function url(description: string, schemes: readonly string[] = ['http', 'https']) {
  return z
    .string()
    .refine((value) => hasScheme(value, schemes), {
      message: `must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    })
    .describe(description);
}

const ADDRESS = /^(https?:\/\/)?(\[[0-9a-f:]+\]|[^\s:/]+):\d{1,5}\/?$/i;

/** A key that holds one or more addresses, host:port or http(s)://host:port, separated by commas. */
export function addresses(description: string) {
  return z
    .string()
    .describe(description)
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(
      z
        .array(z.string())
        .min(1, 'must name at least one')
        .refine((all) => all.every((address) => ADDRESS.test(address)), {
          message: 'must be host:port or http(s)://host:port, more than one separated by commas',
        }),
    );
}

/** A key that holds e-mail addresses, separated by commas; none is allowed. */
export function emails(description: string) {
  return z
    .string()
    .describe(description)
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(z.string().regex(/^[^\s@<>]+@[^\s@<>]+$/, 'must be e-mail addresses, separated by commas')));
}

/** A key that names a registry. */
export function registryUrl(description: string) {
  return z
    .string()
    .describe(`${description} ${REGISTRY_URL_FORMS}`)
    .transform((value, context) => {
      try {
        return parseRegistryUrl(value);
      } catch (error) {
        context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
        return z.NEVER;
      }
    });
}

function hasScheme(value: string, schemes: readonly string[]): boolean {
  return URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1));
}

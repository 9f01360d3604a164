import { invalidArgument } from '../../../chassis/core/index.ts';
import type { Category, Channel } from './notification.ts';

/** A message's words; `{{name}}` is a place for a parameter. */
export interface TemplateText {
  /** Empty where the channel has none. */
  readonly subject: string;
  readonly body: string;
}

/** What can be sent under one name. */
export interface Template {
  readonly category: Category;
  /** Every one must be given; a text need not use all of them. */
  readonly parameters: readonly string[];
  /** By language, "en" always among them; in each language the same channels. */
  readonly texts: Readonly<Record<string, Readonly<Partial<Record<Channel, TemplateText>>>>>;
}

/** The language of whoever said nothing, and of what is not translated. */
const FALLBACK = 'en';

/** Throws INVALID_ARGUMENT, TEMPLATE_PARAMETERS_INVALID, with a violation for each parameter that is missing or unknown. */
export function assertParameters(template: Template, given: Readonly<Record<string, string>>): void {
  const missing = template.parameters.filter((name) => !Object.hasOwn(given, name));
  const unknown = Object.keys(given).filter((name) => !template.parameters.includes(name));
  if (missing.length + unknown.length === 0) return;
  throw invalidArgument(
    [
      ...missing.map((name) => ({ field: `parameters["${name}"]`, description: 'is missing' })),
      ...unknown.map((name) => ({ field: `parameters["${name}"]`, description: 'is not known to the template' })),
    ],
    'TEMPLATE_PARAMETERS_INVALID',
  );
}

/** Throws INVALID_ARGUMENT, TEMPLATE_UNKNOWN, for a name or a channel there is no text for. */
export function findTemplate(templates: ReadonlyMap<string, Template>, name: string, channel: Channel): Template {
  const template = templates.get(name);
  if (template?.texts[FALLBACK]?.[channel] !== undefined) return template;
  const description = template === undefined ? 'names no template' : `names a template without a text for ${channel}`;
  throw invalidArgument([{ field: 'template', description }], 'TEMPLATE_UNKNOWN');
}

/** The message in the user's language, or the nearest one there is: "de-AT", "de", English. */
export function render(
  template: Template,
  {
    channel,
    locale,
    parameters,
  }: {
    readonly channel: Channel;
    readonly locale: string;
    readonly parameters: Readonly<Record<string, string>>;
  },
): TemplateText {
  const text = languages(locale)
    .map((language) => template.texts[language]?.[channel])
    .find((candidate) => candidate !== undefined);
  if (text === undefined) throw new Error(`the template has no text for ${channel}`);
  return { subject: fill(text.subject, parameters, oneLine), body: fill(text.body, parameters, escapes[channel]) };
}

/** From the most exact to English. */
function languages(locale: string): readonly string[] {
  const parts = locale.toLowerCase().split('-');
  return [...parts.map((_, index) => parts.slice(0, parts.length - index).join('-')), FALLBACK];
}

/** A value cannot bring places of its own: each place is filled once, from the left. */
function fill(text: string, values: Readonly<Record<string, string>>, escape: (value: string) => string): string {
  return text.replaceAll(/\{\{([a-z0-9_]+)\}\}/g, (_place, name: string) => escape(values[name] ?? ''));
}

/** Everything that ends a line or moves the cursor becomes a space: a subject is a mail header. */
function oneLine(value: string): string {
  return value.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** Plain text keeps its lines, and no other control characters. */
function plainText(value: string): string {
  return value.replaceAll(/\r\n?/g, '\n').replaceAll(/(?!\n)\p{Cc}/gu, ' ');
}

const escapes: Readonly<Record<Channel, (value: string) => string>> = { EMAIL: plainText, SMS: oneLine, PUSH: oneLine };

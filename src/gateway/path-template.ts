/** A path template of google.api.http, ready to match. Source: google/api/http.proto, "Path template syntax". */
export interface PathTemplate {
  readonly text: string;
  /** Segments after the leading slash; a variable stands for one segment and names a field by its path. */
  readonly segments: readonly Segment[];
  /** The custom verb after the last segment: "cancel"; empty: none. */
  readonly verb: string;
}

type Segment =
  { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'variable'; readonly field: string };

/** Parses a template of literals and single-segment variables. Throws on what our contracts do not use. */
export function parsePathTemplate(text: string): PathTemplate {
  const match = /^\/([^:]*)(?::([A-Za-z]+))?$/.exec(text);
  if (match === null) throw new Error(`unsupported path template ${text}`);
  const [, path = '', verb = ''] = match;
  const segments = path.split('/').map((part): Segment => {
    const variable = /^\{([a-z0-9_.]+)\}$/.exec(part);
    if (variable?.[1] !== undefined) return { kind: 'variable', field: variable[1] };
    if (/[{}*]/.test(part)) throw new Error(`unsupported segment ${part} in path template ${text}`);
    return { kind: 'literal', text: part };
  });
  return { text, segments, verb };
}

/** The variables' values when the path fits, undefined when it does not. Values are percent-decoded. */
export function matchPath(template: PathTemplate, path: string): ReadonlyMap<string, string> | undefined {
  const colon = template.verb === '' ? -1 : path.lastIndexOf(':');
  if (template.verb !== '' && path.slice(colon + 1) !== template.verb) return undefined;
  const parts = (colon < 0 ? path : path.slice(0, colon)).slice(1).split('/');
  if (parts.length !== template.segments.length) return undefined;
  const values = new Map<string, string>();
  for (const [index, segment] of template.segments.entries()) {
    const part = decode(parts[index] ?? '');
    if (segment.kind === 'literal' ? part !== segment.text : part === undefined || part === '') return undefined;
    if (segment.kind === 'variable' && part !== undefined) values.set(segment.field, part);
  }
  return values;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined; // not percent-encoding: no template matches it
  }
}

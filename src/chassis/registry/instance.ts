/** One running copy of a process, as its registration says. */
export interface Instance {
  /** "order": whose calls it serves. */
  readonly process: string;
  /** Names this copy among all, over restarts too: a restart is another instance. */
  readonly id: string;
  /** host:port of its gRPC server. */
  readonly address: string;
  /** Its share of the calls against its peers' weights; default 100. */
  readonly weight: number;
  readonly zone: string;
  readonly version: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** host:port of its HTTP admin server. */
  readonly adminAddress?: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** How it can be called; absent: plain gRPC and nothing else. */
  readonly transports?: readonly string[] | undefined;
}

/** The transports of an instance that names none: an older version of ours, or another language. */
export const DEFAULT_TRANSPORTS: readonly string[] = ['plain'];

/** The weight of an instance that names none. */
export const DEFAULT_WEIGHT = 100;

/** An instance, or why the text is none. */
export type ParsedInstance =
  { readonly kind: 'instance'; readonly instance: Instance } | { readonly kind: 'malformed'; readonly reason: string };

/** The value of a registration: JSON. */
export function formatInstance(instance: Instance): string {
  return JSON.stringify(instance);
}

/**
 * Reads what formatInstance wrote, an older version of us wrote (fields with defaults may be missing), or nonsense. Reads
 * it by hand, not with zod, which the apps that import our client would have to install for it.
 */
export function parseInstance(text: string): ParsedInstance {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'malformed', reason: 'not JSON' };
  }
  if (typeof json !== 'object' || json === null) return { kind: 'malformed', reason: 'not an object' };
  const given = json as Readonly<Record<string, unknown>>; // any object can be read so
  const wrong = FIELDS.filter(
    ({ name, isOptional, isValid }) => !(isOptional && given[name] === undefined) && !isValid(given[name]),
  );
  if (wrong.length > 0) {
    return { kind: 'malformed', reason: wrong.map(({ name, rule }) => `${name}: ${rule}`).join('; ') };
  }
  const known = Object.fromEntries(
    FIELDS.flatMap(({ name }) => (given[name] === undefined ? [] : [[name, given[name]]])),
  );
  return { kind: 'instance', instance: { ...DEFAULTS, ...(known as unknown as Instance) } }; // each field just checked
}

const DEFAULTS = {
  weight: DEFAULT_WEIGHT,
  zone: '',
  version: '',
  startedAt: '',
  metadata: {},
} satisfies Partial<Instance>;

const isText = (value: unknown) => typeof value === 'string';
const isName = (value: unknown) => isText(value) && value !== '';
const isAddress = (value: unknown) => typeof value === 'string' && /^.+:\d{1,5}$/.test(value);
const isWeight = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
const isTextMap = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isText);

const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);

const FIELDS: readonly {
  readonly name: keyof Instance;
  readonly rule: string;
  readonly isOptional: boolean;
  readonly isValid: (value: unknown) => boolean;
}[] = [
  { name: 'process', rule: 'must be a name', isOptional: false, isValid: isName },
  { name: 'id', rule: 'must be a name', isOptional: false, isValid: isName },
  { name: 'address', rule: 'must be host:port', isOptional: false, isValid: isAddress },
  { name: 'weight', rule: 'must be a whole number, not negative', isOptional: true, isValid: isWeight },
  { name: 'zone', rule: 'must be a text', isOptional: true, isValid: isText },
  { name: 'version', rule: 'must be a text', isOptional: true, isValid: isText },
  { name: 'startedAt', rule: 'must be a text', isOptional: true, isValid: isText },
  { name: 'adminAddress', rule: 'must be a text', isOptional: true, isValid: isText },
  { name: 'metadata', rule: 'must map texts to texts', isOptional: true, isValid: isTextMap },
  { name: 'transports', rule: 'must be a list of texts', isOptional: true, isValid: isTexts },
];

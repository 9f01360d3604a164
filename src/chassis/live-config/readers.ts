import { AppError, type FieldViolation } from '../core/index.ts';

/**
 * Reads one value of parsed JSON; what is wrong goes into `violations`, with the path to it, and undefined comes back. By
 * hand, not with zod, which the apps that import our client would have to install for it.
 */
export type Reader<Value> = (value: unknown, path: string, violations: FieldViolation[]) => Value | undefined;

/** A value that one test decides about. */
export function checked<Value>(description: string, isValid: (value: unknown) => value is Value): Reader<Value> {
  return (value, path, violations) => {
    if (isValid(value)) return value;
    violations.push({ field: path, description: `must be ${description}` });
    return undefined;
  };
}

/** A number that is in order. */
export function number(description: string, isValid: (value: number) => boolean): Reader<number> {
  return checked(
    description,
    (value): value is number => typeof value === 'number' && Number.isFinite(value) && isValid(value),
  );
}

/** A text that is in order. */
export function text(description: string, isValid: (value: string) => boolean = () => true): Reader<string> {
  return checked(description, (value): value is string => typeof value === 'string' && isValid(value));
}

/** `false`, or what the reader reads. */
export function orFalse<Value>(read: Reader<Value>): Reader<Value | false> {
  return (value, path, violations) => (value === false ? false : read(value, path, violations));
}

/** What the first reader reads, or the other one where the value is an object. */
export function either<Plain, Shape extends object>(plain: Reader<Plain>, shape: Reader<Shape>): Reader<Plain | Shape> {
  return (value, path, violations) => (isObject(value) ? shape : plain)(value, path, violations);
}

/** The fields of an object, each with its reader. */
type Fields<Shape extends object> = { readonly [Name in keyof Shape]-?: Reader<NonNullable<Shape[Name]>> };

/** An object whose `kind` says which fields it may have beside it. */
export function byKind<Value extends { readonly kind: string }>(kinds: {
  readonly [Kind in Value['kind']]: Fields<Omit<Extract<Value, { kind: Kind }>, 'kind'>>;
}): Reader<Value> {
  const names = Object.keys(kinds);
  const kind = text(names.join(' or '), (name) => names.includes(name));
  const readers = new Map(
    Object.entries<Fields<object>>(kinds).map(([name, fields]) => [name, object<object>({ kind, ...fields })]),
  );
  return (value, path, violations) => {
    if (!isObject(value)) return void violations.push({ field: path, description: 'must be an object' });
    const name = kind(value['kind'], `${path}.kind`, violations);
    const reader = name === undefined ? undefined : readers.get(name);
    return reader?.(value, path, violations) as Value | undefined; // of the kind that it names
  };
}

/** An object of these fields, each of which may be missing unless it is required. Other fields are refused. */
export function object<Shape extends object>(
  fields: Fields<Shape>,
  required: readonly (keyof Shape & string)[] = [],
): Reader<Shape> {
  const names = Object.keys(fields);
  return (value, path, violations) => {
    if (!isObject(value)) return void violations.push({ field: path || 'it', description: 'must be an object' });
    const below = (name: string) => (path === '' ? name : `${path}.${name}`);
    for (const name of required) {
      if (value[name] === undefined) violations.push({ field: below(name), description: 'is missing' });
    }
    const read = Object.entries(value).map(([name, given]) => {
      const reader = Object.hasOwn(fields, name) ? fields[name as keyof Shape] : undefined; // it is one of its own
      if (reader !== undefined) return [name, reader(given, below(name), violations)];
      violations.push({ field: below(name), description: `is no field; there are ${names.join(', ')}` });
      return [name, undefined];
    });
    return Object.fromEntries(read) as Shape; // whoever finds violations does not use it
  };
}

/** An object whose names are keys of one kind. */
export function record<Value>(
  keyRule: { readonly description: string; readonly isValid: (key: string) => boolean },
  read: Reader<Value>,
): Reader<Readonly<Record<string, Value>>> {
  return (value, path, violations) => {
    if (!isObject(value)) return void violations.push({ field: path, description: 'must be an object' });
    const entries = Object.entries(value).map(([key, given]) => {
      const field = `${path}[${JSON.stringify(key)}]`;
      if (!keyRule.isValid(key)) violations.push({ field, description: `must be named ${keyRule.description}` });
      return [key, read(given, field, violations)];
    });
    return Object.fromEntries(entries) as Record<string, Value>; // whoever finds violations does not use it
  };
}

/** A list. */
export function list<Value>(read: Reader<Value>): Reader<readonly Value[]> {
  return (value, path, violations) => {
    if (!Array.isArray(value)) return void violations.push({ field: path, description: 'must be a list' });
    return value.map((item, index) => read(item, `${path}[${index}]`, violations) as Value); // as above
  };
}

/** A reader that throws INVALID_ARGUMENT with violations of its own, made one of these. */
export function throwing<Value>(read: (value: unknown, path: string) => Value): Reader<Value> {
  return (value, path, violations) => {
    try {
      return read(value, path);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      violations.push(...error.details.flatMap((detail) => (detail.kind === 'badRequest' ? detail.violations : [])));
      return undefined;
    }
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { IncomingHttpHeaders } from 'node:http';

/** One thing that the admin port answers. */
export interface AdminRoute {
  readonly verb: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** "/registry/services/{process}": a name in braces stands for one segment. */
  readonly path: string;
  /** What it is, in one line: the index at / lists it. */
  readonly about: string;
  /** An AppError that it throws is answered as google.rpc.Status in JSON, anything else as INTERNAL. */
  readonly handle: (request: AdminRequest) => Promise<AdminAnswer> | AdminAnswer;
}

/** A request that fits a route. */
export interface AdminRequest {
  /** What stood for the names in braces, decoded. */
  readonly variables: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Throws INVALID_ARGUMENT for what is no JSON, not said to be, or too large; undefined: there is none. */
  readonly json: () => Promise<unknown>;
  /** Fires when whoever asked is gone, or the server closes. */
  readonly signal: AbortSignal;
}

/** What a route answers. */
export interface AdminAnswer {
  readonly status: number;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is written as it comes; what it throws ends the connection. */
  readonly body: string | AsyncIterable<string>;
}

/** An answer in JSON. */
export function jsonAnswer(status: number, value: unknown): AdminAnswer {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n` };
}

/** What stands for the names in a route's path; undefined when the path does not fit. */
export function matchRoute(route: string, path: string): Readonly<Record<string, string>> | undefined {
  const [wanted, given] = [route.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const variables: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const text = given[at] ?? '';
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    if (name === undefined ? part !== text : text === '') return undefined;
    if (name !== undefined) variables[name] = decode(text);
  }
  return variables;
}

/** A segment that is no percent-encoding stands for itself; whoever reads it refuses it if need be. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

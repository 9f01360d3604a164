import type { IncomingMessage } from 'node:http';

import type { z } from 'zod';

import { ApiError, invalidRequest } from './api-error.ts';

/** The largest body a stand-in reads, in bytes. */
export const MAX_BODY_BYTES = 64 * 1024;

/** A request as handlers see it. */
export interface HttpRequest {
  /** What the `:name` segments of the route stood for, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  header(name: string): string | undefined;
  /** The JSON body, checked. Throws ApiError: 415 not JSON, 413 too large, 400 malformed or against the schema. */
  body<Schema extends z.ZodType>(schema: Schema): Promise<z.output<Schema>>;
}

/** Wraps what node:http hands out. */
export function createRequest(
  message: IncomingMessage,
  query: string,
  parameters: Readonly<Record<string, string>>,
): HttpRequest {
  return {
    parameters,
    get query() {
      return new URLSearchParams(query);
    },
    header(name) {
      const value = message.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    async body(schema) {
      const type = message.headers['content-type'] ?? '';
      if (!/^application\/json\s*(;|$)/i.test(type)) {
        throw new ApiError({ status: 415, code: 'NOT_JSON', message: 'the content-type must be application/json' });
      }
      return checked(schema, parseJson(await readBody(message)));
    },
  };
}

/** The value as the schema makes it, or 400 INVALID_REQUEST with every problem. */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidRequest(result.error.issues.map((issue) => ({ path: pathText(issue.path), message: issue.message })));
}

/** A whole number in the query, or its default; 400 INVALID_REQUEST outside its bounds. */
export function queryInteger(
  query: URLSearchParams,
  name: string,
  bounds: { readonly min: number; readonly max: number; readonly default: number },
): number {
  const text = query.get(name);
  if (text === null) return bounds.default;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= bounds.min && value <= bounds.max) return value;
  throw invalidRequest([{ path: name, message: `must be a whole number from ${bounds.min} to ${bounds.max}` }]);
}

function readBody(message: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    message.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
      else reject(bodyTooLarge()); // what is still to come is read and dropped
    });
    message.on('end', () => resolve(Buffer.concat(chunks).toString()));
    message.on('error', reject); // the caller hung up
  });
}

function bodyTooLarge(): ApiError {
  return new ApiError({
    status: 413,
    code: 'BODY_TOO_LARGE',
    message: `a body has at most ${MAX_BODY_BYTES} bytes`,
    headers: { connection: 'close' },
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ApiError({ status: 400, code: 'MALFORMED_JSON', message: (error as SyntaxError).message });
  }
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

import type { IncomingMessage } from 'node:http';

import { AppError } from '../core/index.ts';

/** The largest body that is read, in bytes. */
export const MAX_BODY_BYTES = 64 * 1024;

/**
 * Reads a request's JSON; undefined when there is no body. Only what says that it is JSON is read, which a page in an
 * operator's browser cannot send to another origin. Throws INVALID_ARGUMENT (UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE,
 * BODY_NOT_JSON).
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw refusal('BODY_TOO_LARGE', `the body is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  if (bytes === 0) return undefined;
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw refusal('UNSUPPORTED_MEDIA_TYPE', 'the body must be application/json');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch (cause) {
    throw refusal('BODY_NOT_JSON', `the body is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function refusal(reason: string, message: string): AppError {
  return new AppError({ status: 'INVALID_ARGUMENT', reason, message });
}

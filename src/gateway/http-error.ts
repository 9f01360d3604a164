import type { Socket } from 'node:net';

import { AppError } from '../chassis/core/index.ts';
import { httpStatusOf, toStatusJson } from '../chassis/errors/index.ts';

/** Whose errors these are, unless they are everybody's. */
const DOMAIN = 'gateway.tradewind';

/** The body of an HTTP error: google.rpc.Status as JSON. */
export const errorBody = (error: AppError): Record<string, unknown> => toStatusJson(error, DOMAIN);

/** Reasons of what the HTTP server refuses by itself, by the status it means. */
const REASONS: Readonly<Record<number, string>> = {
  408: 'REQUEST_TIMEOUT',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  431: 'HEADERS_TOO_LARGE',
};

/** The caller's mistake in HTTP itself, as an error with the HTTP status `statusCode` (4xx). */
export function badRequest(statusCode: number, message: string, cause?: unknown): AppError {
  const reason = REASONS[statusCode] ?? 'BAD_REQUEST';
  return new AppError({ status: 'INVALID_ARGUMENT', reason, message, cause });
}

/** What was thrown, as an AppError; Fastify's own refusals say which HTTP status they mean. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError || !(thrown instanceof Error)) return AppError.from(thrown);
  const { statusCode } = thrown as { readonly statusCode?: unknown };
  const isRefusal = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isRefusal ? badRequest(statusCode, thrown.message, thrown) : AppError.from(thrown);
}

const STATUS_OF_PARSER: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers bytes that are no HTTP request, and hangs up. */
export function refuseConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = badRequest(STATUS_OF_PARSER[error.code ?? ''] ?? 400, 'this is not an HTTP request we can read');
  const body = JSON.stringify(errorBody(refusal));
  socket.end(
    `HTTP/1.1 ${httpStatusOf(refusal)} Bad Request\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

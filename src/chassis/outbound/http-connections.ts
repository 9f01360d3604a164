import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** One request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the base, with its query. */
  readonly path: string;
  /** Names a change: asked again under it, it happens once and is answered as before. Sent as Idempotency-Key. */
  readonly key?: string;
  /** Sent as JSON. */
  readonly body?: object;
}

/** An answer as it came, whole. */
export interface RawReply {
  readonly status: number;
  readonly text: string;
  /** The header. */
  readonly retryAfter: string | undefined;
}

/** Connections to one server, kept between requests. */
export interface HttpConnections {
  /** Rejects when there is no whole answer, the signal's firing included; redirections are not followed. */
  roundTrip(request: HttpRequest, signal: AbortSignal): Promise<RawReply>;
  /** Idempotent. */
  close(): void;
}

/** No answer that means something to us is as long, in bytes. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * Opens none until one is needed. node:http, not fetch, whose streams and classes cost three times what the rest of an
 * exchange does.
 */
export function createHttpConnections(base: string): HttpConnections {
  const url = new URL(base);
  const secure = url.protocol === 'https:';
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true });
  const start = secure ? httpsRequest : httpRequest;
  const target = { agent, host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? undefined : url.port };
  const basePath = url.pathname.replace(/\/$/, '');

  return {
    roundTrip({ method, path, key, body }, signal) {
      const text = body === undefined ? undefined : JSON.stringify(body);
      // As a list, which is written as it is: an object of headers is looked through name by name.
      const headers = ['host', url.host, 'connection', 'keep-alive', 'accept', 'application/json'];
      if (key !== undefined) headers.push('idempotency-key', key);
      if (text !== undefined) {
        headers.push('content-type', 'application/json', 'content-length', String(Buffer.byteLength(text)));
      }
      return new Promise((resolve, reject) => {
        const outgoing = start({ ...target, method, path: `${basePath}${path}`, headers });
        const giveUp = () => outgoing.destroy(new Error('given up'));
        if (signal.aborted) giveUp();
        else signal.addEventListener('abort', giveUp, { once: true });
        outgoing.on('error', reject);
        outgoing.on('response', (incoming: IncomingMessage) => readAll(incoming).then(resolve, reject));
        outgoing.end(text);
      });
    },
    close: () => agent.destroy(),
  };
}

function readAll(incoming: IncomingMessage): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) incoming.destroy(new Error('the answer is too long'));
      else chunks.push(chunk);
    });
    incoming.on('error', reject); // cut off in the middle
    incoming.on('end', () =>
      resolve({
        status: incoming.statusCode ?? 0, // always there on an answer
        text: Buffer.concat(chunks, bytes).toString(),
        retryAfter: incoming.headers['retry-after'],
      }),
    );
  });
}

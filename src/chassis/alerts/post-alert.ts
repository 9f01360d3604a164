import { AppError, isAbortError } from '../core/index.ts';
import {
  CLOUD_EVENT_JSON,
  partitionOf,
  toCloudEventJson,
  type EventHandler,
  type HandlerContext,
} from '../events/index.ts';

/** Statuses that ask for another attempt, beside those of servers that fail. */
const NOT_NOW: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * A handler that posts events to a URL, each as one JSON object by CloudEvents (structured mode of its HTTP binding). Throws UNAVAILABLE where
 * another attempt may be taken, INVALID_ARGUMENT where the receiver refuses the event for good. The URL may hold a secret: errors name its
 * host alone.
 */
export function postAlert<Data>(url: URL): EventHandler<Data, HandlerContext> {
  return async (event, { signal }) => {
    const partition = partitionOf(event.aggregateType, event.aggregateId);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': CLOUD_EVENT_JSON },
      redirect: 'error', // what is redirected would come as a GET
      body: toCloudEventJson({ ...event, partition, data: JSON.stringify(event.data) }),
      signal,
    }).catch((error: unknown) => {
      if (isAbortError(error)) throw error;
      throw unavailable(`${url.host} cannot be reached`, { cause: error });
    });
    await response.body?.cancel();
    if (response.ok) return;
    const said = `${url.host} answered ${response.status}`;
    if (response.status >= 500 || NOT_NOW.has(response.status)) throw unavailable(said, retryAfter(response));
    throw new AppError({ status: 'INVALID_ARGUMENT', reason: 'WEBHOOK_REFUSED', message: said });
  };
}

function unavailable(message: string, more: Partial<ConstructorParameters<typeof AppError>[0]>): AppError {
  return new AppError({ status: 'UNAVAILABLE', reason: 'WEBHOOK_UNAVAILABLE', message, ...more });
}

/** What Retry-After says in seconds; a date is passed over. */
function retryAfter({ headers }: Response) {
  const seconds = Number(headers.get('retry-after') ?? 0);
  if (!(seconds > 0)) return {};
  return { details: [{ kind: 'retryInfo', retryDelayMs: seconds * 1_000 }] } as const;
}

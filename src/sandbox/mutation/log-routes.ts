import { notFound, queryInteger, type Route } from '../http/index.ts';
import type { Operation, OperationLog } from '../journal/index.ts';
import type { Mutations } from './mutations.ts';

/** What the shared routes show. */
export interface LogRoutesOptions<Event> {
  readonly log: OperationLog<Event>;
  readonly mutations: Mutations<Event>;
  readonly answerTo: (event: Event) => { readonly status: number; readonly json: unknown };
  /** The event as outsiders may see it. */
  readonly describe: (event: Event) => object;
}

const DEFAULT_PAGE = 100;
const MAX_PAGE = 1_000;

/**
 * The routes that reconciliation lives on: the whole log page by page, and what became of one key. And `/health`, for
 * whoever waits for the process to be up.
 */
export function logRoutes<Event>({ log, mutations, answerTo, describe }: LogRoutesOptions<Event>): readonly Route[] {
  function view(operation: Operation<Event>): object {
    const { sequence, id, createdAt, idempotencyKey } = operation;
    return { sequence, id, createdAt, idempotencyKey, ...describe(operation.event) };
  }

  return [
    {
      method: 'GET',
      path: '/v1/operations',
      async handle({ query }) {
        const after = queryInteger(query, 'after', { min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 });
        const limit = queryInteger(query, 'limit', { min: 1, max: MAX_PAGE, default: DEFAULT_PAGE });
        const { operations, nextAfter, hasMore } = await log.page(after, limit);
        return { status: 200, json: { operations: operations.map(view), nextAfter, hasMore } };
      },
    },
    {
      method: 'GET',
      path: '/v1/idempotency-keys/:key',
      async handle({ parameters }) {
        const key = parameters['key'] ?? '';
        const used = log.find(key);
        if (used !== undefined) {
          const operation = await log.read(used.position);
          const { status, json } = answerTo(operation.event);
          return { status: 200, json: { status: 'DONE', operation: view(operation), answer: { status, body: json } } };
        }
        if (mutations.inProgress(key)) return { status: 200, json: { status: 'IN_PROGRESS' } };
        throw notFound('IDEMPOTENCY_KEY_UNKNOWN', `nothing ever happened under the key ${key}`);
      },
    },
    { method: 'GET', path: '/health', handle: () => ({ status: 200, json: { status: 'ok' } }) },
  ];
}

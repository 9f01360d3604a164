import { notFound, queryInteger, type HttpReply, type HttpRequest, type Route } from '../http/index.ts';
import type { Mailbox } from './mailbox.ts';
import { listPage, messagePage, PAGE_POLICY } from './pages.ts';

const DEFAULT_PAGE = 100;
const MAX_PAGE = 1_000;

/** The HTTP side of the sink: JSON for programs and tests, pages for people. */
export function mailRoutes(mailbox: Mailbox): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/messages',
      handle({ query }) {
        const limit = queryInteger(query, 'limit', { min: 1, max: MAX_PAGE, default: DEFAULT_PAGE });
        const after = query.get('after') ?? '';
        const matching = mailbox.list({
          to: query.get('to') ?? undefined,
          messageId: query.get('messageId') ?? undefined,
        });
        const rest = matching.filter(({ id }) => id > after);
        const messages = rest.slice(0, limit);
        const nextAfter = messages.at(-1)?.id ?? after;
        return { status: 200, json: { messages, total: matching.length, nextAfter, hasMore: rest.length > limit } };
      },
    },
    {
      method: 'GET',
      path: '/messages/:id',
      handle: async (request) => ({ status: 200, json: await found(request, mailbox.read) }),
    },
    {
      method: 'GET',
      path: '/messages/:id/raw',
      // As text, not message/rfc822: a browser then shows it, and never as HTML.
      handle: async (request) => ({
        status: 200,
        text: await found(request, mailbox.readRaw),
        contentType: 'text/plain; charset=utf-8',
      }),
    },
    {
      method: 'DELETE',
      path: '/messages',
      handle: async () => ({ status: 200, json: { deleted: await mailbox.clear() } }),
    },
    { method: 'GET', path: '/', handle: () => htmlReply(listPage(mailbox.list({}))) },
    {
      method: 'GET',
      path: '/view/:id',
      handle: async (request) => htmlReply(messagePage(await found(request, mailbox.read))),
    },
    { method: 'GET', path: '/health', handle: () => ({ status: 200, json: { status: 'ok' } }) },
  ];
}

async function found<T>(request: HttpRequest, read: (id: string) => Promise<T | undefined>): Promise<T> {
  const id = request.parameters['id'] ?? '';
  const message = await read(id);
  if (message === undefined) throw notFound('MESSAGE_NOT_FOUND', `no message ${id}`);
  return message;
}

function htmlReply(text: string): HttpReply {
  return {
    status: 200,
    text,
    contentType: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': PAGE_POLICY },
  };
}

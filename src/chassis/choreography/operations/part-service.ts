import {
  PartServiceDefinition,
  type PartServiceImplementation,
} from '../../../../gen/tradewind/choreography/v1/part_service.ts';
import { AppError, currentCall } from '../../core/index.ts';
import { administratorOf } from '../../security/index.ts';
import { bind, type ServiceBinding } from '../../server/index.ts';
import { pageSize, toPage, type Database, type PageTokens } from '../../store/index.ts';
import { listPartActions, parkPart, resumePart, type PartOrder } from './command-part.ts';
import { toActionMessage, toPartMessage } from './messages.ts';
import { listParts, type PartStatus } from './part-status.ts';

/** What a process's PartService is made of. */
export interface PartServiceOptions {
  readonly database: Database;
  /** The names of the parts that the process plays. */
  readonly parts: readonly string[];
  readonly pageTokens: PageTokens;
}

/** The answers of PartService, whichever way they are asked for: over gRPC, or at the admin port. */
export type PartHandlers = {
  readonly [Name in keyof PartServiceImplementation]: (
    request: Parameters<PartServiceImplementation[Name]>[0],
  ) => ReturnType<PartServiceImplementation[Name]>;
};

/** Which part of which subject. */
type Names = Pick<PartOrder, 'part' | 'subject'>;

/** So many of the latest are shown with a part. */
const ACTIONS = 100;

/** The same over gRPC. */
export function createPartService(handlers: PartHandlers): ServiceBinding {
  return bind(PartServiceDefinition, handlers);
}

/** The answers. Administrators and callers inside the suite only. */
export function createPartHandlers({ database, parts, pageTokens }: PartServiceOptions): PartHandlers {
  /** Throws NOT_FOUND (PART_NOT_FOUND). */
  async function existing({ part, subject }: Names): Promise<PartStatus> {
    const played = parts.filter((name) => name === part);
    const [found] = await listParts(database, { parts: played, subject, limit: 1 });
    if (found !== undefined) return found;
    const message =
      played.length === 0
        ? `this process does not play ${JSON.stringify(part)}, but ${parts.join(', ')}`
        : `${part} has never heard of ${subject}`;
    throw new AppError({ status: 'NOT_FOUND', reason: 'PART_NOT_FOUND', message });
  }

  /** Gives a command; throws FAILED_PRECONDITION (STEP_NOT_DUE) where there is nothing that it could be about. */
  async function give(command: typeof resumePart, { part, subject, reason }: Names & { readonly reason: string }) {
    const actor = operator();
    await existing({ part, subject });
    const changed = await command({ part, subject, actor, reason }, database);
    const status = await existing({ part, subject });
    if (!changed && status.due === undefined) throw nothingDue({ part, subject });
    return { part: toPartMessage(status), changed };
  }

  return {
    async listParts({ pageSize: requested, pageToken, ...rest }) {
      operator();
      const size = pageSize(requested);
      const filter = {
        parts: parts.filter((name) => rest.part === '' || name === rest.part),
        ...{ subject: rest.subject || undefined, step: rest.step || undefined, reason: rest.reason || undefined },
        isParked: rest.parked,
      };
      const query = { method: 'ListParts', ...rest };
      const cursor = pageTokens.decode(pageToken, query);
      const [change = '', part = '', subject = ''] = cursor ?? [];
      const after = cursor && ([change, part, subject] as const);
      const rows = await listParts(database, { ...filter, after, limit: size + 1 });
      const page = toPage({ rows, size, tokens: pageTokens, request: query, cursor: ({ place }) => place });
      return { parts: page.rows.map(toPartMessage), nextPageToken: page.nextPageToken };
    },

    async getPart({ part, subject }) {
      operator();
      const status = await existing({ part, subject });
      const actions = await listPartActions({ part, subject }, { database, limit: ACTIONS });
      return { part: toPartMessage(status), actions: actions.map(toActionMessage) };
    },

    resumePart: (request) => give(resumePart, request),

    parkPart: (request) => give(parkPart, request),
  };
}

function operator(): string {
  return administratorOf(currentCall()?.principal);
}

function nothingDue({ part, subject }: Names): AppError {
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason: 'STEP_NOT_DUE',
    message: `${part} has nothing to do at ${subject}`,
  });
}

import type { Queryable } from '../../chassis/store/index.ts';
import type {
  Category,
  Channel,
  Notification,
  NotificationId,
  NotificationState,
  OrderId,
  Settlement,
  UserId,
} from './domain.ts';
import { statements } from './statements.ts';

/** How soon after a message was taken its receipt is looked for first, in milliseconds. */
const FIRST_LOOK_MS = 500;
/** How long a receipt is looked for, in milliseconds: three days, longer than a telephone is off. */
const RECEIPT_MS = 3 * 24 * 60 * 60_000;

/** A message that was just accepted. */
export type NewNotification = Pick<
  Notification,
  'id' | 'userId' | 'channel' | 'category' | 'template' | 'parameters' | 'recipient' | 'orderId' | 'subject' | 'body'
> & {
  readonly state: 'QUEUED' | 'SUPPRESSED';
  /** W3C trace context of what wants it. */
  readonly traceparent: string | undefined;
};

/** Which messages a page shows; undefined: any. */
export interface NotificationFilter {
  readonly userId: string | undefined;
  readonly orderId: OrderId | undefined;
  readonly channel: Channel | undefined;
  readonly state: NotificationState | undefined;
}

/** A message that is to be sent now. */
export interface DueNotification {
  readonly message: Notification;
  /** W3C trace context of the call that wanted it. */
  readonly traceparent: string | undefined;
}

/** An attempt that is over. */
export interface EndedAttempt {
  /** As it was when the attempt began. */
  readonly message: Pick<Notification, 'id' | 'attempts'>;
  readonly settlement: Settlement;
}

/** A message with its place in what watchers read. */
export interface PlacedNotification {
  readonly position: bigint;
  readonly notification: Notification;
}

/** The messages. Every function runs where it is told to: alone or in a transaction. */
export const notifications = {
  async insert(tx: Queryable, message: NewNotification): Promise<Notification> {
    const row = await tx.one<NotificationRow>(statements['insert-notification'], [
      message.id,
      message.userId ?? null,
      message.channel,
      message.category,
      message.template,
      JSON.stringify(message.parameters),
      message.recipient,
      message.orderId ?? null,
      message.subject,
      message.body,
      message.state,
      message.traceparent ?? null,
    ]);
    if (row === undefined) throw new Error('the statement returned no row');
    return toNotification(row);
  },

  async get(on: Queryable, id: NotificationId): Promise<Notification | undefined> {
    const row = await on.one<NotificationRow>(statements['get-notification'], [id]);
    return row && toNotification(row);
  },

  /** Newest first. */
  async list(
    on: Queryable,
    { userId, orderId, channel, state }: NotificationFilter,
    { after, limit }: { readonly after: string | undefined; readonly limit: number },
  ): Promise<readonly Notification[]> {
    const filter = [userId ?? null, orderId ?? null, channel ?? null, state ?? null];
    const rows = await on.rows<NotificationRow>(statements['list-notifications'], [...filter, after ?? null, limit]);
    return rows.map(toNotification);
  },

  /** Takes messages that are due; nobody else takes them for `leaseMs`. Each is then SENDING and one attempt older. */
  async claimDue(on: Queryable, limit: number, leaseMs: number): Promise<readonly DueNotification[]> {
    const rows = await on.rows<NotificationRow>(statements['claim-due'], [limit, leaseMs]);
    return rows.map((row) => ({ message: toNotification(row), traceparent: row.trace_parent ?? undefined }));
  },

  /** Writes down how attempts ended; the messages of those at which another attempt has begun since are left out: its word counts. */
  async settle(on: Queryable, ended: readonly EndedAttempt[]): Promise<ReadonlySet<NotificationId>> {
    const rows = ended.map(({ message, settlement }) => ({
      id: message.id,
      attempt: message.attempts,
      state: settlement.state,
      attempts: settlement.attempts,
      error: settlement.state === 'SENT' ? null : settlement.error,
      delay_ms: settlement.state === 'QUEUED' ? settlement.delayMs : null,
      reference: settlement.state === 'SENT' ? (settlement.reference ?? null) : null,
    }));
    const settled = await on.rows<{ id: NotificationId }>(statements['settle-attempts'], [
      JSON.stringify(rows),
      FIRST_LOOK_MS,
      RECEIPT_MS,
    ]);
    return new Set(settled.map(({ id }) => id));
  },

  /** What changed after a position and up to another, in order. */
  async changes(
    on: Queryable,
    range: { readonly after: bigint; readonly upTo: bigint },
    filter: Pick<NotificationFilter, 'userId' | 'orderId'>,
    limit: number,
  ): Promise<readonly PlacedNotification[]> {
    const parameters = [range.after, range.upTo, filter.userId ?? null, filter.orderId ?? null, limit];
    const rows = await on.rows<PlacedRow>(statements['read-changes'], parameters);
    return rows.map((row) => ({ position: row.position, notification: toNotification(row) }));
  },
};

interface NotificationRow {
  readonly id: NotificationId;
  readonly user_id: UserId | null;
  readonly channel: Channel;
  readonly category: Category;
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly recipient: string;
  readonly order_id: OrderId | null;
  readonly subject: string;
  readonly body: string;
  readonly state: NotificationState;
  readonly attempts: number;
  readonly last_error: string;
  readonly trace_parent: string | null;
  readonly due_time: Date | null;
  readonly send_time: Date | null;
  readonly create_time: Date;
  readonly update_time: Date;
}

interface PlacedRow extends NotificationRow {
  readonly position: bigint;
}

function toNotification(row: NotificationRow): Notification {
  const waits = row.state === 'QUEUED' && row.attempts > 0;
  return {
    id: row.id,
    userId: row.user_id ?? undefined,
    channel: row.channel,
    category: row.category,
    template: row.template,
    parameters: row.parameters,
    recipient: row.recipient,
    orderId: row.order_id ?? undefined,
    subject: row.subject,
    body: row.body,
    state: row.state,
    attempts: row.attempts,
    lastError: row.last_error,
    nextAttemptTime: waits ? (row.due_time ?? undefined) : undefined,
    sendTime: row.send_time ?? undefined,
    createTime: row.create_time,
    updateTime: row.update_time,
  };
}

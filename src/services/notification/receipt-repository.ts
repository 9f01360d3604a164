import type { Queryable } from '../../chassis/store/index.ts';
import type { Receipt } from './channels/messenger-client.ts';
import type { NotificationId } from './domain.ts';
import { statements } from './statements.ts';

/** A message whose receipt is to be asked for. */
export interface AwaitedReceipt {
  readonly notificationId: NotificationId;
  /** The provider's name for it. */
  readonly reference: string;
}

/** The receipts that are awaited. Every function runs where it is told to: alone or in a transaction. */
export const receipts = {
  /** Takes those that are due; nobody else asks for `intervalMs`, and longer with each look. */
  async claim(on: Queryable, limit: number, intervalMs: number): Promise<readonly AwaitedReceipt[]> {
    const rows = await on.rows<AwaitedRow>(statements['claim-receipts'], [limit, intervalMs]);
    return rows.map(({ notification_id: notificationId, reference }) => ({ notificationId, reference }));
  },

  /** Writes down what became of messages; one that is not SENT any more stays as it is. */
  async settle(
    on: Queryable,
    settled: readonly { readonly notificationId: NotificationId; readonly receipt: Receipt }[],
  ): Promise<void> {
    const rows = settled.map(({ notificationId: id, receipt }) =>
      receipt === 'delivered'
        ? { id, state: 'DELIVERED', error: null }
        : { id, state: 'FAILED', error: 'the messenger could not deliver it' },
    );
    await on.execute(statements['settle-receipts'], [JSON.stringify(rows)]);
  },
};

interface AwaitedRow {
  readonly notification_id: NotificationId;
  readonly reference: string;
}

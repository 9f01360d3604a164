import type {
  NotificationServiceImplementation,
  WatchNotificationsRequest,
} from '../../../gen/tradewind/notification/v1/notification.ts';
import { AppError, currentCall } from '../../chassis/core/index.ts';
import { ownerToList } from '../../chassis/security/index.ts';
import { notificationMessage } from './convert.ts';
import type { NotificationDependencies } from './dependencies.ts';
import { parseOrderId } from './domain.ts';
import { notifications } from './notification-repository.ts';
import { boundsOf } from './positions.ts';

const BATCH = 200;
/** How soon a watcher sees what another replica placed. */
const LOOK_MS = 200;

/** WatchNotifications. Only what the caller takes is read: the stream pulls. */
export function watchNotificationsHandler({
  database,
  bells,
}: Pick<NotificationDependencies, 'database' | 'bells'>): NotificationServiceImplementation['watchNotifications'] {
  return async function* watchNotifications(request: WatchNotificationsRequest, context) {
    const signal = currentCall()?.signal ?? context.signal;
    const userId = ownerToList(currentCall()?.principal, request.userId);
    const orderId = request.orderId === '' ? undefined : parseOrderId(request.orderId);
    let after = request.afterPosition;
    for (;;) {
      const { rings } = bells.placed;
      const { floor, newest } = await boundsOf(database);
      if (after > 0n && after < floor) throw positionExpired(after);
      const changes = await notifications.changes(database, { after, upTo: newest }, { userId, orderId }, BATCH);
      for (const { position, notification } of changes) {
        yield { position, notification: notificationMessage(notification) };
      }
      if (changes.length === BATCH) after = changes.at(-1)?.position ?? after;
      else if (newest > after) after = newest; // what the filter hides is not read again
      if (changes.length < BATCH) await bells.placed.after(rings, { timeoutMs: LOOK_MS, signal });
    }
  };
}

function positionExpired(position: bigint): AppError {
  return new AppError({
    status: 'OUT_OF_RANGE',
    reason: 'POSITION_EXPIRED',
    message: `what follows the position ${position} is no longer kept; list, and watch from that position`,
    metadata: { after_position: String(position) },
  });
}

import type { CourierName } from '../../src/chassis/events/index.ts';
import type { CheckoutStyle } from '../../src/services/order/place-order.ts';
import { compactionWhileCutOff } from './rows/compaction-while-cut-off.ts';
import { crashAtEveryPoint } from './rows/crash-points.ts';
import { deadlineAndCancel } from './rows/deadline-and-cancel.ts';
import { failingCompensation } from './rows/failing-compensation.ts';
import { halfOpenStampede } from './rows/half-open-stampede.ts';
import { eventsUnderKills } from './rows/events-under-kills.ts';
import { hostileWire } from './rows/hostile-wire.ts';
import { instanceDies } from './rows/instance-dies.ts';
import { instanceFreezes } from './rows/instance-freezes.ts';
import { lastItems } from './rows/last-items.ts';
import { killAnything } from './rows/kill-anything.ts';
import { poisonMessages } from './rows/poison-messages.ts';
import { registryOutage } from './rows/registry-outage.ts';
import { retryStorm } from './rows/retry-storm.ts';
import { rollingRestart } from './rows/rolling-restart.ts';
import type { RowResult, RowSetting } from './rows/row.ts';
import { sagaSchedules } from './rows/saga-schedules.ts';
import { sameRequestId } from './rows/same-request-id.ts';
import { soak } from './rows/soak.ts';
import { takeover } from './rows/takeover.ts';

/** One row of the scoreboard, at its full length. */
export interface ScoreboardRow {
  /** As the scoreboard counts; the named ones stand beside it. */
  readonly row: number | 'takeover' | 'freeze' | 'soak';
  readonly name: string;
  readonly run: (
    setting: RowSetting & {
      readonly minutes: number | undefined;
      readonly courier: CourierName;
      readonly checkout: CheckoutStyle;
    },
  ) => Promise<RowResult>;
  /**
   * What it is run on: "transports", each kind of etcd over each transport; "calls", one kind of etcd over each transport,
   * because nothing happens to the registry; "registries", each kind of etcd, because
   * nothing of it goes over the transport under test; "couriers", each courier of events whose broker is installed; "suite", a whole suite as
   * `npm start` runs it, for each style of checkout; "nothing", once.
   */
  readonly on: 'transports' | 'calls' | 'registries' | 'couriers' | 'suite' | 'nothing';
  /** Only when it is asked for by name. */
  readonly isLong?: boolean;
}

/** Every row that can be run, in their order. */
export const SCOREBOARD: readonly ScoreboardRow[] = [
  { row: 1, name: 'saga schedules, simulated', run: sagaSchedules, on: 'nothing' },
  { row: 2, name: 'crash at every named point', run: crashAtEveryPoint, on: 'suite' },
  { row: 'takeover', name: 'an instance dies or freezes in the middle of orders', run: takeover, on: 'suite' },
  { row: 3, name: 'kill -9 of anything', run: killAnything, on: 'suite' },
  { row: 4, name: 'same request_id', run: sameRequestId, on: 'suite' },
  { row: 5, name: 'last items', run: lastItems, on: 'suite' },
  { row: 6, name: 'failing compensation', run: failingCompensation, on: 'suite' },
  { row: 7, name: 'an instance dies', run: instanceDies, on: 'transports' },
  { row: 8, name: 'rolling restart', run: rollingRestart, on: 'transports' },
  { row: 9, name: 'registry outage', run: registryOutage, on: 'transports' },
  { row: 10, name: 'compaction while cut off', run: compactionWhileCutOff, on: 'registries' },
  { row: 11, name: 'retry storm', run: retryStorm, on: 'calls' },
  { row: 12, name: 'half-open stampede', run: halfOpenStampede, on: 'calls' },
  { row: 13, name: 'deadline and cancel', run: deadlineAndCancel, on: 'calls' },
  { row: 14, name: 'events under kills', run: eventsUnderKills, on: 'couriers' },
  { row: 15, name: 'poison messages', run: poisonMessages, on: 'couriers' },
  { row: 16, name: 'hostile wire', run: hostileWire, on: 'transports' },
  { row: 'freeze', name: 'an instance freezes', run: instanceFreezes, on: 'transports' },
  {
    row: 'soak',
    name: 'soak with rolling restarts',
    run: ({ minutes, ...setting }) => soak({ ...setting, ...(minutes !== undefined && { minutes }) }),
    on: 'transports',
    isLong: true,
  },
];

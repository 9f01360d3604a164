import { compactionWhileCutOff } from './rows/compaction-while-cut-off.ts';
import { hostileWire } from './rows/hostile-wire.ts';
import { instanceDies } from './rows/instance-dies.ts';
import { instanceFreezes } from './rows/instance-freezes.ts';
import { registryOutage } from './rows/registry-outage.ts';
import { rollingRestart } from './rows/rolling-restart.ts';
import type { RowResult, RowSetting } from './rows/row.ts';
import { soak } from './rows/soak.ts';

/** One row of the scoreboard, at its full length. */
export interface ScoreboardRow {
  /** As the scoreboard counts; "freeze" and "soak" stand beside it. */
  readonly row: number | 'freeze' | 'soak';
  readonly name: string;
  readonly run: (setting: RowSetting & { readonly minutes: number | undefined }) => Promise<RowResult>;
  /** False: nothing of it goes over the transport under test. */
  readonly usesTransport: boolean;
  /** Only when it is asked for by name. */
  readonly isLong?: boolean;
}

/** Every row that can be run, in their order. */
export const SCOREBOARD: readonly ScoreboardRow[] = [
  { row: 7, name: 'an instance dies', run: instanceDies, usesTransport: true },
  { row: 8, name: 'rolling restart', run: rollingRestart, usesTransport: true },
  { row: 9, name: 'registry outage', run: registryOutage, usesTransport: true },
  { row: 10, name: 'compaction while cut off', run: compactionWhileCutOff, usesTransport: false },
  { row: 16, name: 'hostile wire', run: hostileWire, usesTransport: true },
  { row: 'freeze', name: 'an instance freezes', run: instanceFreezes, usesTransport: true },
  {
    row: 'soak',
    name: 'soak with rolling restarts',
    run: ({ minutes, ...setting }) => soak({ ...setting, ...(minutes !== undefined && { minutes }) }),
    usesTransport: true,
    isLong: true,
  },
];

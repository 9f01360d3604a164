import { AppError } from '../../../core/index.ts';
import type { Database } from '../../../store/index.ts';
import { PARTITIONS } from '../../partition.ts';
import { logBounds } from '../../log-bounds.ts';
import type { BrokerName } from './broker.ts';
import { relayStatements } from './statements.ts';

/** The reason of a relay that may no longer move its position: another replica goes on, or it was sent back to fill the broker again. */
export const RELAY_CLAIM_LOST = 'RELAY_CLAIM_LOST';

/** A replica's right to move its publisher's relay, until it lets go, or is not heard of. */
export interface RelayClaim {
  /** Where it stood when it was claimed. */
  readonly reached: Reached;
  /** Keeps it. Throws ABORTED, RELAY_CLAIM_LOST. */
  keep(): Promise<void>;
  /** Notes what the broker has confirmed. Throws ABORTED, RELAY_CLAIM_LOST. */
  move(reached: Reached): Promise<void>;
  /** Lets another replica have it at once. */
  release(): Promise<void>;
}

/** How far a relay has come. */
export interface Reached {
  /** Everything up to here is with the broker. */
  readonly through: bigint;
  /** The last event of each partition up to there. */
  readonly positions: ReadonlyMap<number, bigint>;
}

/** A relay that was not heard of for so long has lost its claim, in milliseconds; kept three times as often. */
export const RELAY_LEASE_MS = 3_000;

/** Claims the relay of a publisher to a broker; undefined: another replica has it. `owner` names this replica. */
export async function claimRelay(
  database: Database,
  { courier, owner }: { readonly courier: BrokerName; readonly owner: string },
): Promise<RelayClaim | undefined> {
  const statements = relayStatements();
  const row = await database.one<{ token: bigint; position: bigint }>(statements['claim-relay'], [
    courier,
    owner,
    RELAY_LEASE_MS,
  ]);
  if (row === undefined) return undefined;
  const { token, position } = row;
  return {
    reached: await readReached(database, courier, position),
    async keep() {
      const kept = await database.execute(statements['keep-relay'], [courier, token, RELAY_LEASE_MS]);
      if (kept === 0) throw claimLost(courier);
    },
    async move({ through, positions }) {
      const parameters = [courier, token, through, [...positions.keys()], [...positions.values()]];
      const moved = await database.one(statements['move-relay'], parameters);
      if (moved === undefined) throw claimLost(courier);
    },
    async release() {
      await database.execute(statements['release-relay'], [courier, token]);
    },
  };
}

/**
 * Has a publisher's relay begin again after a position (0: with the oldest event that is kept), for a broker that has lost what came after it.
 * Consumers drop what they have had. A relay that is not running begins there when it does.
 */
export async function refillBroker(
  database: Database,
  { courier, after }: { readonly courier: BrokerName; readonly after: bigint },
): Promise<void> {
  await database.execute(relayStatements()['refill-relay'], [courier, after]);
}

/** What was pruned before it was published cannot be any more: it begins at the floor, and names that as the position before. */
async function readReached(database: Database, courier: BrokerName, position: bigint): Promise<Reached> {
  const rows = await database.rows<{ partition: number; position: bigint }>(relayStatements()['relay-positions'], [
    courier,
  ]);
  const positions = new Map(rows.map((row) => [row.partition, row.position]));
  const { oldestPosition } = await logBounds(database);
  if (position >= oldestPosition) return { through: position, positions };
  const raised = Array.from({ length: PARTITIONS }, (_, partition) => [partition, oldestPosition] as const);
  return { through: oldestPosition, positions: new Map(raised) };
}

function claimLost(courier: BrokerName): AppError {
  return new AppError({
    status: 'ABORTED',
    reason: RELAY_CLAIM_LOST,
    message: `another replica hands the outbox to ${courier} now`,
  });
}

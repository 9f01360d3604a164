import type { Database } from '../../store/index.ts';
import type { ConsumerNames } from '../consumer/index.ts';
import { noteAction, type By } from './actions.ts';
import { operationStatements } from './statements.ts';

/** Takes a consumer's partitions from its members until it is resumed; nothing where it is paused. */
export async function pauseConsumer({ consumer, source }: ConsumerNames, by: By, database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    const parameters = [consumer, by.actor, by.reason];
    const paused = await tx.rows(operationStatements()['pause-consumer'], parameters);
    if (paused.length > 0) await noteAction(tx, by, { action: 'pause', consumer, source, detail: {} });
  });
}

/** Lets its members have them again; nothing where it is not paused. */
export async function resumeConsumer({ consumer, source }: ConsumerNames, by: By, database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    const resumed = await tx.execute(operationStatements()['resume-consumer'], [consumer]);
    if (resumed > 0) await noteAction(tx, by, { action: 'resume', consumer, source, detail: {} });
  });
}

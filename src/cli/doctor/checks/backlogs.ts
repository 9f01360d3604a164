import { shortDuration } from '../../duration.ts';
import { findings, type Finding, type Trouble } from '../finding.ts';
import { answering, type SuiteSnapshot } from '../snapshot.ts';

/** Whether anything waits longer than its owner says it may: sagas, mail, events. Replicas share a queue, so one is told. */
export function checkBacklogs(snapshot: SuiteSnapshot): readonly Finding[] {
  const queues = new Map(
    answering(snapshot).flatMap(({ instance, admin }) =>
      admin.backlogs.map((backlog) => [`${instance.process}: ${backlog.name}`, backlog] as const),
    ),
  );
  const troubles = [...queues].flatMap(([name, backlog]): Trouble[] => {
    const { advice, warnAfterSeconds } = backlog;
    if (backlog.kind === 'unknown') {
      return [
        { status: 'warning', found: `${name} could not be counted: ${backlog.error}`, advice: 'See its database.' },
      ];
    }
    const { count, oldestSeconds } = backlog;
    const isLate = warnAfterSeconds === 0 ? count > 0 : (oldestSeconds ?? 0) > warnAfterSeconds;
    if (!isLate) return [];
    const oldest = oldestSeconds === undefined ? '' : `, the oldest for ${shortDuration(oldestSeconds * 1_000)}`;
    return [{ status: 'warning', found: `${name}: ${count}${oldest}`, advice }];
  });
  return findings('backlogs', troubles, `${queues.size} queues, none late`);
}

import { findings, type Finding, type Trouble } from '../finding.ts';
import { answering, type SuiteSnapshot } from '../snapshot.ts';

/** A clock may differ by so much, in milliseconds. */
const WARN_MS = 1_000;
/** Tokens are taken with this leeway: beyond it fresh ones are refused. */
const FAIL_MS = 60_000;

/** Whether the clocks of processes and databases agree with this machine's. */
export function checkClocks(snapshot: SuiteSnapshot): readonly Finding[] {
  const clocks = answering(snapshot).flatMap(({ instance, admin }) => {
    const { database } = admin.process;
    const own = { whose: instance.id, aheadMs: admin.clockAheadMs, errorMs: admin.clockErrorMs };
    if (database?.kind !== 'answered') return [own];
    const aheadMs = admin.clockAheadMs + database.clockAheadMs;
    return [own, { whose: `the database of ${instance.id}`, aheadMs, errorMs: admin.clockErrorMs }];
  });
  const troubles = clocks.flatMap(({ whose, aheadMs, errorMs }): Trouble[] => {
    const leastMs = Math.max(0, Math.abs(aheadMs) - errorMs);
    if (leastMs <= WARN_MS) return [];
    const found = `the clock of ${whose} is ${(Math.abs(aheadMs) / 1_000).toFixed(1)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine's`;
    const advice = 'Have both machines follow the same time source (chrony, systemd-timesyncd); tokens bear a minute.';
    return [{ status: leastMs > FAIL_MS ? 'failing' : 'warning', found, advice }];
  });
  const worstMs = Math.max(0, ...clocks.map(({ aheadMs }) => Math.abs(aheadMs)));
  return findings('clocks', troubles, `${clocks.length} clocks within ${Math.round(worstMs)} ms`);
}

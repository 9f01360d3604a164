import { findings, type Finding, type Trouble } from '../finding.ts';
import { answering, type SuiteSnapshot } from '../snapshot.ts';

/** A lease is renewed every third of its time to live; at this share two renewals were missed. */
const LATE_SHARE = 0.75;

/** Whether everybody keeps its registration alive. */
export function checkLeases(snapshot: SuiteSnapshot): readonly Finding[] {
  const held = answering(snapshot).flatMap(({ instance, admin }) => {
    const { registration } = admin.process;
    return registration === undefined ? [] : [{ instance, ...registration }];
  });
  const troubles = held.flatMap(({ instance, state, keepaliveAgeSeconds, ttlSeconds }): Trouble[] => {
    const advice = 'See whether the registry is slow or its event loop is busy; it registers again by itself.';
    if (state !== 'registered') {
      return [{ status: 'warning', found: `${instance.id} is listed, and its registration is ${state}`, advice }];
    }
    if (keepaliveAgeSeconds === undefined || keepaliveAgeSeconds < ttlSeconds * LATE_SHARE) return [];
    const found = `${instance.id} renewed its lease of ${ttlSeconds} s ${keepaliveAgeSeconds.toFixed(1)} s ago`;
    return [{ status: 'warning', found, advice }];
  });
  const oldest = Math.max(0, ...held.map(({ keepaliveAgeSeconds }) => keepaliveAgeSeconds ?? 0));
  return findings('leases', troubles, `${held.length} kept alive, the oldest renewal ${oldest.toFixed(1)} s ago`);
}

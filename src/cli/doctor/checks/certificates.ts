import { shortDuration } from '../../duration.ts';
import { findings, type Finding, type Trouble } from '../finding.ts';
import { answering, type SuiteSnapshot } from '../snapshot.ts';

/** Renewal comes at a third of the life left; at this share it has not come. */
const LEAST_SHARE = 0.2;

/** Whether certificates are valid for a while, and everybody has one where anybody does. */
export function checkCertificates(snapshot: SuiteSnapshot): readonly Finding[] {
  const all = answering(snapshot);
  const holders = all.flatMap(({ instance, admin }) => {
    const { certificate } = admin.process;
    return certificate === undefined ? [] : [{ instance, ...certificate }];
  });
  if (holders.length === 0) return findings('certificates', [], 'none: the suite speaks plain text');
  const troubles = holders.flatMap(({ instance, notBeforeMs, notAfterMs }): Trouble[] => {
    const leftMs = notAfterMs - snapshot.takenMs;
    const advice =
      'Write a new certificate and key where TLS_CERT_FILE and TLS_KEY_FILE say: they are taken without a restart.';
    if (leftMs <= 0) return [{ status: 'failing', found: `the certificate of ${instance.id} has expired`, advice }];
    if (leftMs >= (notAfterMs - notBeforeMs) * LEAST_SHARE) return [];
    const found = `the certificate of ${instance.id} is valid for ${shortDuration(leftMs)} more`;
    return [{ status: 'warning', found, advice }];
  });
  const without = all.filter(({ admin }) => admin.process.certificate === undefined).map(({ instance }) => instance.id);
  if (without.length > 0) {
    const found = `${without.join(', ')} speak plain text, the others TLS`;
    troubles.push({
      status: 'failing',
      found,
      advice: 'Give all processes certificates, or none: they cannot call each other.',
    });
  }
  const soonestMs = Math.min(...holders.map(({ notAfterMs }) => notAfterMs)) - snapshot.takenMs;
  return findings('certificates', troubles, `${holders.length}, the first expires in ${shortDuration(soonestMs)}`);
}

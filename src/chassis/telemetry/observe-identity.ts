import type { Events } from '../core/index.ts';
import type { IdentityEvents } from '../identity/index.ts';
import type { Logger } from './logger.ts';

/** Logs what happens to the process's certificates, and whom it refuses because of theirs. */
export function logIdentity(events: Events<IdentityEvents>, logger: Logger): void {
  const until = (notAfterMs: number) => ({ validUntil: new Date(notAfterMs).toISOString() });
  events.on('rotated', ({ notAfterMs }) => logger.info(until(notAfterMs), 'other certificates are in force'));
  events.on('rejected', ({ problems }) => {
    logger.error({ problems }, 'the certificate files changed and cannot be used; those before stay in force');
  });
  events.on('expiring', ({ notAfterMs }) => {
    logger.error(until(notAfterMs), 'the certificate of this process ends soon, and nobody has renewed it');
  });
  events.on('refused', ({ side, peer, reason }) => {
    const what = side === 'server' ? 'refused a connection' : 'did not connect';
    logger.warn({ peer, reason }, `${what}: ${reason}`);
  });
}

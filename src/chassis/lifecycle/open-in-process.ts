import type { InProcessWork } from '../in-process/index.ts';
import { logInProcess, measureInProcess } from '../telemetry/index.ts';
import type { ServiceParts } from './parts.ts';

/** Between the end of a queue's own patience and ours, in milliseconds. */
const MARGIN_MS = 500;

/** Observes the queues and buses of a process, and has those of its service closed once nothing brings them work any more. */
export function openInProcess(
  {
    config,
    telemetry,
    alerts,
    closing,
    clock,
  }: Pick<ServiceParts, 'config' | 'telemetry' | 'alerts' | 'closing' | 'clock'>,
  own: readonly InProcessWork[] = [],
): readonly InProcessWork[] {
  const all = [...own, ...(alerts === undefined ? [] : [alerts.work])];
  if (all.length === 0) return all;
  logInProcess(all, telemetry.logger);
  measureInProcess(all, telemetry.metrics, clock);
  const timeoutMs = config.DRAIN_TIMEOUT_MS;
  const close = async () => void (await Promise.all(own.map((work) => work.close({ timeoutMs }))));
  closing.add('in-process work', close, timeoutMs + MARGIN_MS);
  return all;
}

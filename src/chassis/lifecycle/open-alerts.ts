import { createAlerts, type Alerts } from '../alerts/index.ts';
import type { ServiceParts } from './parts.ts';

/** Longer than alerts take to end, in milliseconds. */
const CLOSE_MS = 2_000;

/** Where a process tells operators what they should know; undefined: ALERT_WEBHOOK_URLS names nobody. */
export function openAlerts({
  process,
  instance,
  config,
  closing,
  clock,
  random,
  newId,
}: Omit<ServiceParts, 'alerts'>): Alerts | undefined {
  const urls = config.ALERT_WEBHOOK_URLS?.reveal().split(',') ?? [];
  if (urls.length === 0) return undefined;
  const webhooks = urls.map((url) => new URL(url.trim()));
  const alerts = createAlerts({ process, instance, webhooks, clock, random, newId });
  closing.add('alerts', async () => void (await alerts.work.close()), CLOSE_MS);
  return alerts;
}

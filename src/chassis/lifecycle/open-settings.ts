import type { AdminRoute } from '../admin/index.ts';
import type { BaseConfiguration } from '../config/index.ts';
import type { Contract } from '../contract/index.ts';
import type { HealthMonitor } from '../health/index.ts';
import { NO_CALL_LIMITS } from '../middleware/server/index.ts';
import type { Registry } from '../registry/index.ts';
import type { Server } from '../server/index.ts';
import { applySettings, followSettings, settingsKey, settingsRoute, type Settings } from '../settings/index.ts';
import { DEFAULT_SHEDDING } from '../shedding/index.ts';
import { observeSettings } from '../telemetry/index.ts';
import type { ServiceParts } from './parts.ts';

/** What settings are followed with, and whom they change. */
interface SettingsParts {
  readonly registry: Registry;
  readonly contract: Contract;
  readonly server: Server;
  readonly health: HealthMonitor;
}

/**
 * Follows the settings of this process, from when its server is made; returns what the admin port shows of them. The
 * component `settings` is degraded while those in the registry are refused.
 */
export function openSettings(
  { process, config, telemetry, closing }: ServiceParts,
  { registry, contract, server, health }: SettingsParts,
): AdminRoute {
  const settings = followSettings(registry.watchValue(settingsKey(process)), {
    defaults: settingsIn(config),
    contract,
  });
  closing.add('settings', () => settings.close());
  const { shedder, callLimits } = server;
  void health.set('settings', async () => {
    const { rejected } = settings.status;
    return rejected === undefined ? { status: 'healthy' } : { status: 'degraded', why: rejected };
  });
  observeSettings(settings.events, telemetry.logger, telemetry.metrics);
  applySettings(settings, { log: telemetry.logger, sampling: telemetry.traces.sampling, shedder, callLimits });
  return settingsRoute({ settings, shedder, callLimits });
}

/** As the process was started. */
function settingsIn(config: BaseConfiguration): Settings {
  return {
    logLevel: config.LOG_LEVEL,
    sampling: { ratio: config.OTEL_TRACES_SAMPLER_ARG, slowMs: config.TRACES_SLOW_MS },
    shedding: DEFAULT_SHEDDING,
    limits: NO_CALL_LIMITS,
  };
}

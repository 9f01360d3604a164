import { runProcess } from '../process/index.ts';
import type { ConfigurationShape, ServiceDefinition } from './service-definition.ts';
import type { StartOptions } from './start-options.ts';
import { startService, type RunningService } from './start-service.ts';

/**
 * Runs a service as this process: starts it, tells a supervising parent when it is registered, ends it in order on
 * SIGTERM, and on an error at start prints one line and exits with code 1. Tests use startService.
 */
export function runService<Shape extends ConfigurationShape>(
  definition: ServiceDefinition<Shape>,
  environment: Readonly<Record<string, string | undefined>>,
  options: Omit<StartOptions, 'signal'> = {},
): Promise<RunningService> {
  return runProcess({
    name: definition.name,
    start: (signal) => startService(definition, environment, { ...options, signal }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
}

export { runService } from './run-service.ts';
export {
  defineService,
  type BackgroundTask,
  type ConfigurationOf,
  type ConfigurationShape,
  type HttpFace,
  type ServiceContext,
  type ServiceDeclaration,
  type ServiceDefinition,
  type Wiring,
} from './service-definition.ts';
export type { Authentication, StartOptions } from './start-options.ts';
export { startService, type RunningService } from './start-service.ts';

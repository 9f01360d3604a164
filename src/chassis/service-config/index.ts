export {
  followServiceConfig,
  type FollowedServiceConfig,
  type ServiceConfigEvents,
  type ServiceConfigStatus,
} from './follow-service-config.ts';
export { parseServiceConfig } from './parse-service-config.ts';
export {
  DEFAULT_SERVICE_CONFIG,
  completeServiceConfig,
  serviceConfigKey,
  type GivenServiceConfig,
  type ServiceConfig,
} from './service-config.ts';

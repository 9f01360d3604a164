export { FOREIGN_TTL, REGISTERED_THROUGH, type ForeignRegistrationEvents } from './foreign-registrations.ts';
export { registryRoutes, type RegistryRoutesOptions } from './http-routes.ts';
export {
  createRegistryView,
  type RegistryHandlers,
  type RegistryView,
  type RegistryViewOptions,
} from './registry-view.ts';
